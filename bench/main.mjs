// `npm run bench -- AREA [--json] [--case TEXT]`: installs the peers, runs every case of the area, prints rows.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { compare } from './lib/compare.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean' }, case: { type: 'string' } },
  allowPositionals: true,
})
const areas = ['streams', 'memory', 'queues', 'adapters', 'flights', 'gates', 'workers'].filter((area) => existsSync(`${here}${area}`))
const [area] = positionals
if (!areas.includes(area)) {
  process.stderr.write(`usage: npm run bench -- ${areas.join('|')} [--json] [--case TEXT]\n`)
  process.exit(2)
}
installPeers()

const rows = []
for (const file of readdirSync(`${here}${area}`)
  .filter((name) => name.endsWith('.mjs'))
  .sort()) {
  const path = `${here}${area}/${file}`
  const { default: benchmark } = await import(path)
  if (values.case !== undefined && !`${file} ${benchmark.name}`.includes(values.case)) continue
  process.stderr.write(`${benchmark.name} …\n`)
  const found = benchmark.rows === undefined ? compare(path, benchmark) : await benchmark.rows()
  rows.push(...found)
  if (!values.json) for (const row of found) process.stdout.write(`${line(row)}\n`)
}
if (values.json) process.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`)

/** The flagship, the memory of junctions and workers need no peers. SQLite is compiled where it is not prebuilt, for minutes, so it comes for queues alone. */
function installPeers() {
  const engines = `${here}node_modules/.engines`
  const isQueues = area === 'queues'
  // An installation of before a peer was added lacks it.
  const isThere = existsSync(`${here}node_modules/${{ gates: 'cockatiel', queues: 'bullmq' }[area] ?? 'rxjs'}`)
  if (area === 'flights' || area === 'memory' || area === 'workers' || (isThere && (!isQueues || existsSync(engines)))) return
  const without = isQueues ? [] : ['--omit=optional', '--ignore-scripts']
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', ...without], {
    cwd: here,
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) process.exit(1)
  if (isQueues) writeFileSync(engines, '')
}

function line({ case: name, metric, ours, peer, peerName, ratio, spread, goal, met }) {
  const range = spread === undefined ? '' : ` (the middle half of the turns ${spread.join(' to ')})`
  const versus = peerName === undefined ? '' : ` · ${peerName} ${peer} · ratio ${ratio}${range}`
  return `${met ? 'met    ' : 'NOT MET'}  ${name} · ${metric}: ${ours}${versus} (goal ${goal})`
}
