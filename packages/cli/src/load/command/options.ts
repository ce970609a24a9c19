import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { UsageError } from '../../errors/exit-codes.ts'
import { loadModule } from '../../load-module.ts'
import { parseOptions } from '../../parse-options.ts'
import type { LoadPlan, LoadRequest } from '../plan/plan.ts'
import { parseExpectations, type Expectation } from '../report/expect.ts'
import { page } from '../report/page.ts'
import type { LoadResult } from '../drive/result.ts'

/** The command line of `forebay load`, understood. */
export interface LoadCommandOptions {
  readonly plan: LoadPlan
  readonly expectations: readonly Expectation[]
  readonly outs: readonly { readonly path: string; readonly format: (result: LoadResult) => string }[]
  readonly json: boolean
  readonly quiet: boolean
}

/** What a result can be written as, by the ending of the file. */
const formats: Readonly<Record<string, (result: LoadResult) => string>> = {
  '.html': page,
  '.json': (result) => `${JSON.stringify(result)}\n`,
}

const flags = {
  rate: { type: 'string' },
  for: { type: 'string' },
  'ramp-to': { type: 'string' },
  plan: { type: 'string' },
  even: { type: 'boolean' },
  seed: { type: 'string' },
  'warm-up': { type: 'string' },
  tenants: { type: 'string' },
  'tenant-header': { type: 'string' },
  levels: { type: 'string' },
  deadline: { type: 'string' },
  'wait-for-late': { type: 'boolean' },
  timeout: { type: 'string' },
  retry: { type: 'string' },
  obey: { type: 'boolean' },
  method: { type: 'string' },
  header: { type: 'string', multiple: true },
  body: { type: 'string' },
  connections: { type: 'string' },
  'in-flight': { type: 'string' },
  expect: { type: 'string' },
  out: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  quiet: { type: 'boolean' },
  'yes-i-may': { type: 'boolean' },
} as const

export async function loadOptions(args: string[]): Promise<LoadCommandOptions> {
  const { values, positionals } = parseOptions({ args, allowPositionals: true, options: flags })
  const [url, ...more] = positionals
  if (more.length > 0) throw new UsageError(`one address at a time, got ${positionals.join(' ')}`)
  const outs = (values.out ?? []).map((path) => ({ path, format: formatOf(path) }))
  const expectations = values.expect === undefined ? [] : usage(() => parseExpectations(values.expect ?? ''))
  const written = values.plan === undefined ? undefined : await readPlan(values.plan)
  const address = url ?? written?.url
  if (address === undefined) throw new UsageError('which address?')
  const plan = {
    ...written,
    url: address,
    phases: phasesOf(values, written),
    ...given('arrivals', values.even === true ? 'even' : undefined),
    ...given('seed', number('--seed', values.seed)),
    ...given('warmUp', values['warm-up']),
    ...given('tenants', shares('--tenants', values.tenants)),
    ...given('tenantHeader', values['tenant-header']),
    ...given('levels', shares('--levels', values.levels)),
    ...given('deadline', values.deadline),
    ...given('waitForLate', values['wait-for-late']),
    ...given('timeout', values.timeout),
    ...given('retry', retryOf(values.retry)),
    ...given('obey', values.obey),
    ...given('requests', requestsOf(values)),
    ...given('connections', number('--connections', values.connections)),
    ...given('inFlight', number('--in-flight', values['in-flight'])),
    ...given('allowRemote', values['yes-i-may']),
  } as LoadPlan
  return { plan, expectations, outs, json: values.json === true, quiet: values.quiet === true }
}

/** What the library refuses by name is a mistake on the command line. */
export function usage<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) throw new UsageError(error.message)
    throw error
  }
}

async function readPlan(file: string): Promise<Partial<LoadPlan>> {
  const exported = extname(file) === '.json' ? { default: await readJson(file) } : await loadModule(file)
  const plan = exported['default'] ?? (exported as { plan?: unknown }).plan
  if (typeof plan === 'object' && plan !== null) return plan
  throw new UsageError(`${file}: the default export (or one named 'plan') must be a plan: { phases: […], … }`)
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`)
  }
}

function phasesOf(
  values: { rate?: string; for?: string; 'ramp-to'?: string },
  written: Partial<LoadPlan> | undefined,
): unknown {
  const { rate, for: length, 'ramp-to': to } = values
  if (rate === undefined && length === undefined && to === undefined) {
    if (written !== undefined) return written.phases
    throw new UsageError('how much, and for how long? for instance --rate 100/s --for 10s')
  }
  if (written !== undefined) throw new UsageError('--plan has phases of its own: leave out --rate, --ramp-to and --for')
  if (rate === undefined || length === undefined) throw new UsageError('--rate and --for belong together')
  return [{ for: length, rate, ...(to !== undefined && { to }) }]
}

/** One request, when anything of it is named. */
function requestsOf(values: { method?: string; header?: string[]; body?: string }): LoadRequest[] | undefined {
  const { method, header, body } = values
  if (method === undefined && header === undefined && body === undefined) return undefined
  const headers = (header ?? []).map((text) => {
    const [, name, value] = /^([^:]+):\s*(.*)$/.exec(text) ?? []
    if (name === undefined) throw new UsageError(`--header: expected 'name: value', got '${text}'`)
    return [name.trim(), value ?? ''] as const
  })
  return [
    {
      ...(method !== undefined && { method }),
      ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
      ...(body !== undefined && { body }),
    },
  ]
}

/** `3` or `naive:3`. */
function retryOf(text: string | undefined): LoadPlan['retry'] {
  if (text === undefined) return undefined
  const [, policy, max] = /^(?:(budget|naive):)?(\d+)$/.exec(text) ?? []
  if (max === undefined) throw new UsageError(`--retry: expected for instance 3 or naive:3, got '${text}'`)
  return { max: Number(max), ...(policy !== undefined && { policy: policy as 'budget' | 'naive' }) }
}

/** `a=3,b=1`. */
function shares(option: string, text: string | undefined): Record<string, number> | undefined {
  if (text === undefined) return undefined
  const parts = text.split(',').map((part) => {
    const [, name, share] = /^\s*([^=]+?)\s*=\s*(\d+(?:\.\d+)?)\s*$/.exec(part) ?? []
    if (name === undefined) throw new UsageError(`${option}: expected for instance a=3,b=1, got '${part}'`)
    return [name, Number(share)] as const
  })
  return Object.fromEntries(parts)
}

function number(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d+$/.test(text)) throw new UsageError(`${option}: expected a whole number, got '${text}'`)
  return Number(text)
}

function given(name: keyof LoadPlan, value: unknown): Partial<Record<keyof LoadPlan, unknown>> {
  return value === undefined ? {} : { [name]: value }
}

function formatOf(path: string): (result: LoadResult) => string {
  const format = formats[extname(path)]
  if (format !== undefined) return format
  throw new UsageError(`--out: expected a file that ends in ${Object.keys(formats).join(', ')}, got '${path}'`)
}
