import { parseArgs } from 'node:util'
import { UsageError } from '../exit-codes.ts'
import { byteCount, milliseconds, type Bytes, type Duration } from 'forebay'

/** The command line of `forebay run`, understood. */
export interface RunCommandOptions {
  readonly file: string
  readonly forMs: number | undefined
  readonly drainMs: number
  readonly store: string | undefined
  readonly memoryBytes: number | undefined
  readonly json: boolean
  readonly console: number | undefined
  readonly allowWrite: boolean
  readonly webhook: string | undefined
  readonly quiet: boolean
}

const DEFAULT_PORT = 7788

export function runOptions(argv: readonly string[]): RunCommandOptions {
  // `--console` may stand alone: parseArgs has no optional values.
  const args = argv.map((arg) => (arg === '--console' ? `--console=${DEFAULT_PORT}` : arg))
  const { values, positionals } = parse(args)
  const [file, ...more] = positionals
  if (file === undefined) throw new UsageError('which file?')
  if (more.length > 0) throw new UsageError(`one file at a time, got ${positionals.join(' ')}`)
  return {
    file,
    forMs: values.for === undefined ? undefined : checked('--for', () => milliseconds('--for', values.for as Duration)),
    drainMs: checked('--drain-for', () => milliseconds('--drain-for', (values['drain-for'] ?? '10s') as Duration)),
    store: values.store,
    memoryBytes:
      values.memory === undefined
        ? undefined
        : checked('--memory', () => byteCount('--memory', values.memory as Bytes)),
    json: values.json === true,
    console: values['no-console'] === true ? undefined : port(values.console),
    allowWrite: values['allow-write'] === true,
    webhook: values.webhook,
    quiet: values.quiet === true,
  }
}

interface Values {
  for?: string | undefined
  'drain-for'?: string | undefined
  store?: string | undefined
  memory?: string | undefined
  json?: boolean | undefined
  console?: string | undefined
  'no-console'?: boolean | undefined
  'allow-write'?: boolean | undefined
  webhook?: string | undefined
  quiet?: boolean | undefined
}

function parse(args: string[]): { values: Values; positionals: string[] } {
  try {
    return parseArgs({
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
        'allow-write': { type: 'boolean' },
        webhook: { type: 'string' },
        quiet: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function checked(option: string, read: () => number): number {
  try {
    return read()
  } catch (error) {
    throw new UsageError(`${option}: ${(error as Error).message}`)
  }
}

function port(text: string | undefined): number {
  const value = Number(text ?? DEFAULT_PORT)
  if (Number.isInteger(value) && value >= 0 && value < 65_536) return value
  throw new UsageError(`--console: expected a port from 0 to 65535, got '${text}'`)
}
