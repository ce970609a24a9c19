// Runs the flagship flow over the first `rows` flights as a user would, flat out, and says what its summary says.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const forebay = join(root, 'node_modules/.bin/forebay')
const LIMIT_MS = 20 * 60_000

/** Resolves with the peak of anonymous memory in bytes, and the seconds until the last flight was acknowledged. */
export async function runFlights(rows) {
  const data = mkdtempSync(join(tmpdir(), 'forebay-flights-'))
  try {
    const { result, code, seconds } = await play(rows, data)
    const { ledger, balanced, memory } = result
    if (code !== 0 || !balanced || ledger.in !== rows || ledger.inFlight + ledger.carriedOut !== 0)
      throw new Error(`${rows} flights: exit code ${code}, ${JSON.stringify(ledger)}`)
    const testimony = await witness(data)
    if (testimony.acknowledged !== rows || testimony.missing !== 0 || testimony.inSink !== ledger.out)
      throw new Error(`${rows} flights: the witness says ${JSON.stringify(testimony)}`)
    return { peakBytes: memory.peakAnonBytes, seconds, ledger }
  } finally {
    rmSync(data, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function play(rows, data) {
  const child = spawn(forebay, ['run', 'examples/flights/flow.ts', '--no-console', '--json', '--drain-for', '90s'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT_MS,
    env: {
      ...process.env,
      FLIGHTS_DATA: data,
      FLIGHTS_ROWS: String(rows),
      FLIGHTS_FROM: '0',
      FLIGHTS_PORT: '0',
      FLIGHTS_RATE: '1000000',
      FLIGHTS_PACE: '1000000', // the service is the limit
      FLIGHTS_TWIN: '0',
      FLIGHTS_INCIDENTS: '0',
    },
  })
  const onExit = () => child.kill('SIGKILL')
  process.once('exit', onExit)
  const startedAt = performance.now()
  let seconds = 0
  let [out, log] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (chunk) => (out += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    log = (log + chunk).slice(-4000)
    if (seconds > 0 || !log.includes('the replay is done')) return
    seconds = (performance.now() - startedAt) / 1000
    child.kill('SIGINT') // it drains, and ends
  })
  const [code] = await once(child, 'close')
  process.off('exit', onExit)
  if (out === '') throw new Error(`${rows} flights: exit code ${code}\n${log}`)
  return { code, seconds, result: JSON.parse(out) }
}

async function witness(data) {
  const child = spawn(process.execPath, [join(root, 'examples/flights/dist/witness.js'), '--data', data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => (out += chunk))
  await once(child, 'close')
  return JSON.parse(out)
}
