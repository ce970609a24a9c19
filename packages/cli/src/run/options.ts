import { byteCount, milliseconds, type Bytes, type Duration } from 'forebay'
import { UsageError } from '../errors/exit-codes.ts'
import { checked, parseOptions } from '../parse-options.ts'

/** The command line of `forebay run`, understood. */
export interface RunCommandOptions {
  readonly file: string
  readonly forMs: number | undefined
  readonly drainMs: number
  readonly store: string | undefined
  readonly memoryBytes: number | undefined
  readonly json: boolean
  /** Port of the console; `undefined` for none. */
  readonly console: number | undefined
  /** Whether the console may run the commands of what plays beside the flow. */
  readonly allowCommands: boolean
  readonly webhook: string | undefined
  readonly quiet: boolean
}

const DEFAULT_PORT = 7788

export function runOptions(argv: readonly string[]): RunCommandOptions {
  // `--console` may stand alone: parseArgs has no optional values.
  const args = argv.map((arg) => (arg === '--console' ? `--console=${DEFAULT_PORT}` : arg))
  const { values, positionals } = parseOptions({
    args,
    allowPositionals: true,
    options: {
      for: { type: 'string' },
      'drain-for': { type: 'string' },
      store: { type: 'string' },
      memory: { type: 'string' },
      json: { type: 'boolean' },
      console: { type: 'string' },
      'no-console': { type: 'boolean' },
      'allow-commands': { type: 'boolean' },
      webhook: { type: 'string' },
      quiet: { type: 'boolean' },
    },
  })
  const [file, ...more] = positionals
  if (file === undefined) throw new UsageError('which file?')
  if (more.length > 0) throw new UsageError(`one file at a time, got ${positionals.join(' ')}`)
  return {
    file,
    forMs: values.for === undefined ? undefined : checked(() => milliseconds('--for', values.for as Duration)),
    drainMs: checked(() => milliseconds('--drain-for', (values['drain-for'] ?? '10s') as Duration)),
    store: values.store,
    memoryBytes: values.memory === undefined ? undefined : checked(() => byteCount('--memory', values.memory as Bytes)),
    json: values.json === true,
    console: values['no-console'] === true ? undefined : port(values.console),
    allowCommands: values['allow-commands'] === true,
    webhook: values.webhook,
    quiet: values.quiet === true,
  }
}

function port(text: string | undefined): number {
  const value = Number(text ?? DEFAULT_PORT)
  if (Number.isInteger(value) && value >= 0 && value < 65_536) return value
  throw new UsageError(`--console: expected a port from 0 to 65535, got '${text}'`)
}
