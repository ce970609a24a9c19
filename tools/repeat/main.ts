import { parseArgs } from 'node:util'
import { nodeVersions, provideNode } from '../packed/node-versions.ts'
import { requireService } from '../services/require-service.ts'
import { flakesOf, type Round } from './flakes.ts'
import { playPageRound, type PageRound } from './page-round.ts'
import { playRound } from './round.ts'

/**
 * `npm run repeat -- [--times 30] [--node 20,22,24,26] [--node-times 3] [--browser] [--from 1] [--json]`: the stream suite again and
 * again, each round in another order and with another seed: `times` rounds on this Node, `node-times` on each named
 * line, one in Chromium. Exits 3 when a test failed in any round, 4 when a runtime could not be had.
 */
const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '1' },
    node: { type: 'string', default: '' },
    'node-times': { type: 'string', default: '3' },
    browser: { type: 'boolean', default: false },
    from: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
})
const count = (name: 'times' | 'node-times' | 'from'): number => {
  const value = Number(values[name])
  if (!Number.isInteger(value) || value < 0)
    throw new RangeError(`--${name}: expected a whole number, got ${values[name]}`)
  return value
}
const [times, nodeTimes, from] = [count('times'), count('node-times'), count('from')]
const lines = values.node === '' ? [] : values.node.split(',')
const rounds: (Round | PageRound)[] = []
const missing: string[] = []

for (let index = 0; index < times; index++) {
  note(await playRound({ node: process.execPath, version: process.versions.node, seed: from + index }))
}
for (const line of lines) {
  const version = nodeVersions.find((each) => each.split('.')[0] === line)
  const node = version === undefined ? undefined : await provideNode(version)
  if (version === undefined || node === undefined) {
    missing.push(`Node ${line}`)
    continue
  }
  for (let index = 0; index < nodeTimes; index++) note(await playRound({ node, version, seed: from + index }))
}
if (values.browser) {
  const { available, path } = await requireService('chromium')
  if (available) note(await playPageRound(path, { seed: from }))
  else missing.push('Chromium')
}

const flakes = flakesOf(rounds)
if (values.json) console.log(JSON.stringify({ rounds, flakes, missing }, undefined, 2))
else {
  for (const flake of flakes) {
    const what = flake.always ? 'broken' : 'flaky'
    console.log(`${what}: ${flake.file} > ${flake.test} (${flake.failed} of ${flake.of}, ${flake.runtimes.join(', ')})`)
    console.log(`  ${flake.message.split('\n').slice(0, 3).join('\n  ')}\n  again: ${flake.replay}`)
  }
  for (const name of missing) console.log(`not tested: ${name} could not be had here`)
  console.log(`${rounds.length} rounds, ${flakes.length} tests that did not always pass`)
}
process.exitCode = flakes.length > 0 ? 3 : missing.length > 0 ? 4 : 0

function note(round: Round | PageRound): void {
  rounds.push(round)
  const { runtime, seed, passed, failures, ms } = round
  console.error(`${runtime}, seed ${seed}: ${passed} passed, ${failures.length} failed, ${Math.round(ms / 1000)} s`)
  for (const { file, test } of failures) console.error(`  failed: ${file} > ${test}`) // rounds to come take long
  if (!('left' in round)) return
  console.error(`  ${round.files} files in the page; left out, because they need Node:`)
  for (const { file, needs } of round.left) console.error(`    ${file}: ${needs}`)
}
