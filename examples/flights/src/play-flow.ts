import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** The object that `forebay run --json` prints; what is looked at here. */
export interface Result {
  readonly ledger: {
    readonly carriedIn: number
    readonly in: number
    readonly out: number
    readonly deadLettered: number
    readonly inFlight: number
    readonly carriedOut: number
    readonly dropped: Record<string, number>
  }
  readonly balanced: boolean
  readonly memory: { readonly peakAnonBytes: number }
  readonly verdicts: readonly { readonly sentence: string; readonly kind: string; readonly since: number }[]
}

/** How a process with the flow has ended; `said` is the end of what it told. */
export interface Ended {
  readonly code: number | null
  readonly result: Result
  readonly said: string
}

/** The flow in a process of its own, without console, twin and incidents; `env` and `args` are added. */
export function startFlow(data: string, args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  const all = ['packages/cli/bin/forebay.js', 'run', 'examples/flights/flow.ts', '--no-console', '--json', ...args]
  const quiet = { FLIGHTS_DATA: data, FLIGHTS_TWIN: '0', FLIGHTS_INCIDENTS: '0', FLIGHTS_PORT: '0' }
  const child = spawn(process.execPath, all, { cwd: root, env: { ...process.env, ...quiet, ...env } })
  child.stdout.resume() // nobody has to listen
  child.stderr.resume()
  return child
}

const SAID = 4096

/** What it has printed, once it has ended. */
export async function ended(child: ChildProcess): Promise<Ended> {
  let text = ''
  let said = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (said = (said + chunk).slice(-SAID)))
  const [code] = (await once(child, 'close')) as [number | null]
  if (text === '') throw new Error(`the flow ended with ${code} and no result; it said: ${said}`)
  return { code, result: JSON.parse(text) as Result, said }
}

/** Waits until the process tells this, or has ended. */
export function says(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve) => {
    let said = ''
    child.stderr?.on('data', (chunk: Buffer | string) => {
      said = (said + chunk.toString()).slice(-SAID)
      if (said.includes(text)) resolve()
    })
    child.once('exit', () => resolve())
  })
}
