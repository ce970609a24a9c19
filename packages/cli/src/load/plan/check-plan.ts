import { milliseconds, type Duration } from 'forebay'
import { checkHeaderName, checkHeaders, checkHeaderValue, checkNames, checkRecord, checkWhole, show } from './check.ts'
import { checkPhases, type Stretch } from './check-phases.ts'
import { isLoopback } from './loopback.ts'
import type { LoadLevel, LoadPlan, LoadRequest, LoadRetry } from './plan.ts'
import { Shares } from './shares.ts'

/** A plan that can be played: everything checked, in ms and requests a second. */
export interface CheckedPlan {
  readonly url: URL
  readonly stretches: readonly Stretch[]
  readonly warmUpMs: number
  readonly isEven: boolean
  readonly seed: number
  readonly requests: readonly Sent[]
  readonly requestShares: Shares
  readonly tenants: readonly Sender[]
  readonly levels: readonly LoadLevel[]
  readonly levelShares: Shares | undefined
  readonly deadlineMs: number | undefined
  readonly waitForLate: boolean
  readonly timeoutMs: number
  readonly retry: { readonly max: number; readonly isNaive: boolean; readonly baseMs: number }
  readonly obey: boolean
  readonly connections: number
  readonly inFlight: number
}

/** What goes on the wire, but for the headers of who sends it. */
export interface Sent {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** A tenant; the only one has no name when the plan has none. */
export interface Sender {
  readonly name: string
  readonly origin: string
  readonly headers: Readonly<Record<string, string>>
}

const MAX_TENANTS = 64
const MAX_WAIT_MS = 24 * 3_600_000
const who = ['url', 'phases', 'warmUp', 'arrivals', 'seed', 'requests', 'tenants', 'tenantHeader', 'levels']
const how = ['deadline', 'waitForLate', 'timeout', 'retry', 'obey', 'connections', 'inFlight', 'allowRemote']

/** Throws `RangeError` or `TypeError`, naming the option, unless the plan can be played. */
export function checkPlan(plan: LoadPlan): CheckedPlan {
  checkNames('plan', plan, [...who, ...how])
  const url = checkUrl('url', plan.url, checkFlag('allowRemote', plan.allowRemote))
  const { arrivals = 'random' } = plan
  if (arrivals !== 'random' && arrivals !== 'even') {
    throw new RangeError(`arrivals: expected one of random, even, got ${show(arrivals)}`)
  }
  const { tenants, shares } = checkTenants(plan, url)
  const requests = checkRequests(plan.requests ?? [{}], url)
  const levels = Object.entries(checkRecord('levels', plan.levels ?? {}))
  const connections = checkWhole('connections', plan.connections ?? 256, 1, 10_000)
  return {
    url,
    stretches: checkPhases(plan.phases, tenants, shares),
    warmUpMs: lengthOf('warmUp', plan.warmUp ?? 0),
    isEven: arrivals === 'even',
    seed: checkWhole('seed', plan.seed ?? 1, 0, 0xffffffff),
    requests,
    requestShares: new Shares(
      'requests',
      (plan.requests ?? [{}]).map(({ share = 1 }) => share),
    ),
    tenants,
    levels: levels.map(([level]) => checkWhole('levels', Number(level), 0, 3) as LoadLevel),
    levelShares:
      levels.length === 0
        ? undefined
        : new Shares(
            'levels',
            levels.map(([, share]) => share),
          ),
    deadlineMs: plan.deadline === undefined ? undefined : positive('deadline', plan.deadline),
    waitForLate: checkFlag('waitForLate', plan.waitForLate),
    timeoutMs: positive('timeout', plan.timeout ?? '30s'),
    retry: checkRetry(plan.retry ?? { max: 0 }),
    obey: checkFlag('obey', plan.obey),
    connections,
    inFlight: checkWhole('inFlight', plan.inFlight ?? 4 * connections, 1, 100_000),
  }
}

function checkUrl(option: string, text: unknown, allowRemote: boolean): URL {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new RangeError(`${option}: expected an address that begins with http: or https:, got ${show(text)}`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new RangeError(`${option}: expected no name or password in it; a header can carry them`)
  }
  if (!allowRemote && !isLoopback(url.hostname)) {
    throw new RangeError(
      `${option}: expected an address of this machine, got ${show(url.hostname)}; loading another one needs allowRemote (--yes-i-may) and the leave of whoever runs it`,
    )
  }
  return url
}

function checkOrigin(option: string, text: unknown, allowRemote: boolean): URL {
  const url = checkUrl(option, text, allowRemote)
  if (url.pathname === '/' && url.search === '') return url
  throw new RangeError(`${option}: expected an address without a path, got ${show(text)}`)
}

function checkTenants(
  { tenants: given = {}, tenantHeader, allowRemote = false }: LoadPlan,
  url: URL,
): { tenants: Sender[]; shares: number[] } {
  const header = checkHeaderName('tenantHeader', tenantHeader ?? 'x-tenant')
  const entries = Object.entries(checkRecord('tenants', given))
  if (entries.length > MAX_TENANTS) {
    throw new RangeError(`tenants: expected at most ${MAX_TENANTS}, got ${entries.length}`)
  }
  if (entries.length === 0) return { tenants: [{ name: '', origin: url.origin, headers: {} }], shares: [1] }
  const tenants: Sender[] = []
  const shares = entries.map(([name, value]) => {
    const option = `tenants.${name}`
    if (typeof value !== 'number') checkNames(option, value, ['share', 'key', 'headers', 'origin'])
    const { share, key, headers, origin } = (typeof value === 'number' ? { share: value } : value) as {
      share: number
      key?: unknown
      headers?: unknown
      origin?: unknown
    }
    const text = checkHeaderValue(`${option}.key`, key ?? name)
    const { origin: to } = origin === undefined ? url : checkOrigin(`${option}.origin`, origin, allowRemote)
    tenants.push({ name, origin: to, headers: { ...checkHeaders(`${option}.headers`, headers), [header]: text } })
    return share
  })
  new Shares('tenants', shares)
  return { tenants, shares }
}

function checkRequests(requests: readonly LoadRequest[], url: URL): Sent[] {
  if (!Array.isArray(requests) || requests.length === 0 || requests.length > 1000) {
    throw new TypeError(`requests: expected a list of 1 to 1000, got ${show(requests)}`)
  }
  return requests.map((request: LoadRequest, index) => {
    const option = `requests[${index}]`
    checkNames(option, request, ['share', 'method', 'path', 'headers', 'body'])
    const { body, path = `${url.pathname}${url.search}`, method = body === undefined ? 'GET' : 'POST' } = request
    if (body !== undefined && typeof body !== 'string') {
      throw new TypeError(`${option}.body: expected text, got ${show(body)}`)
    }
    if (typeof path !== 'string' || !/^\/[\x21-\x7e]*$/.test(path)) {
      throw new RangeError(`${option}.path: expected one that begins with /, got ${show(path)}`)
    }
    return {
      method: checkHeaderName(`${option}.method`, method).toUpperCase(),
      path,
      headers: checkHeaders(`${option}.headers`, request.headers),
      body,
    }
  })
}

function checkRetry(retry: LoadRetry): CheckedPlan['retry'] {
  checkNames('retry', retry, ['max', 'policy', 'base'])
  const { policy = 'budget' } = retry
  if (policy !== 'budget' && policy !== 'naive') {
    throw new RangeError(`retry.policy: expected one of budget, naive, got ${show(policy)}`)
  }
  return {
    max: checkWhole('retry.max', retry.max, 0, 100),
    isNaive: policy === 'naive',
    baseMs: lengthOf('retry.base', retry.base ?? 50),
  }
}

function checkFlag(option: string, value: unknown = false): boolean {
  if (typeof value === 'boolean') return value
  throw new TypeError(`${option}: expected true or false, got ${show(value)}`)
}

/** Ms that a timer can wait. */
function lengthOf(option: string, value: Duration): number {
  const ms = milliseconds(option, value)
  if (ms <= MAX_WAIT_MS) return ms
  throw new RangeError(`${option}: expected at most 24 hours, got ${show(value)}`)
}

function positive(option: string, value: Duration): number {
  const ms = lengthOf(option, value)
  if (ms > 0) return ms
  throw new RangeError(`${option}: expected more than 0, got ${show(value)}`)
}
