import { milliseconds } from 'forebay'
import { checkNames, checkRecord, checkWhole, show } from './check.ts'
import type { Sender } from './check-plan.ts'
import type { LoadPhase } from './plan.ts'
import { requestsPerSecond } from './rate.ts'
import { Shares } from './shares.ts'

/** One phase, with times in ms from the beginning of the first and rates in requests a ms. */
export interface Stretch {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly firstRate: number
  readonly lastRate: number
  readonly burst: { readonly everyMs: number; readonly size: number } | undefined
  readonly tenants: Shares
}

const MAX_PHASES = 100
const MAX_MS = 24 * 3_600_000

/** Throws `RangeError` or `TypeError` naming what is wrong with the phases. `shares` are those of `tenants` in the whole plan. */
export function checkPhases(
  phases: readonly LoadPhase[],
  tenants: readonly Sender[],
  shares: readonly number[],
): Stretch[] {
  if (!Array.isArray(phases) || phases.length === 0 || phases.length > MAX_PHASES) {
    throw new TypeError(`phases: expected a list of 1 to ${MAX_PHASES}, got ${show(phases)}`)
  }
  let from = 0
  const stretches = phases.map((phase: LoadPhase, index) => {
    const option = `phases[${index}]`
    checkNames(option, phase, ['name', 'for', 'rate', 'to', 'burst', 'tenants'])
    const length = milliseconds(`${option}.for`, phase.for)
    if (length === 0) throw new RangeError(`${option}.for: expected more than 0, got ${show(phase.for)}`)
    const rate = requestsPerSecond(`${option}.rate`, phase.rate)
    const stretch: Stretch = {
      name: checkName(`${option}.name`, phase.name ?? String(index + 1)),
      from,
      to: from + length,
      firstRate: rate / 1000,
      lastRate: (phase.to === undefined ? rate : requestsPerSecond(`${option}.to`, phase.to)) / 1000,
      burst: phase.burst === undefined ? undefined : checkBurst(`${option}.burst`, phase.burst),
      tenants: new Shares(`${option}.tenants`, sharesOf(option, phase, tenants, shares)),
    }
    from = stretch.to
    return stretch
  })
  if (from > MAX_MS) throw new RangeError(`phases: expected at most 24 hours in all, got ${from / 3_600_000} hours`)
  const twice = stretches.find(({ name }, index) => stretches.findIndex((other) => other.name === name) !== index)
  if (twice !== undefined) throw new RangeError(`phases: expected names that differ, got ${show(twice.name)} twice`)
  return stretches
}

function checkName(option: string, name: unknown): string {
  if (typeof name === 'string' && name !== '' && name.length <= 100) return name
  throw new RangeError(`${option}: expected a name of 1 to 100 characters, got ${show(name)}`)
}

function checkBurst(option: string, burst: NonNullable<LoadPhase['burst']>): Stretch['burst'] {
  checkNames(option, burst, ['every', 'size'])
  const everyMs = milliseconds(`${option}.every`, burst.every)
  if (everyMs < 1) throw new RangeError(`${option}.every: expected at least 1 ms, got ${show(burst.every)}`)
  return { everyMs, size: checkWhole(`${option}.size`, burst.size, 1, 100_000) }
}

/** A phase that names shares names all that send in it. */
function sharesOf(
  option: string,
  { tenants: given }: LoadPhase,
  tenants: readonly Sender[],
  shares: readonly number[],
): readonly unknown[] {
  if (given === undefined) return shares
  checkNames(
    `${option}.tenants`,
    given,
    tenants.map(({ name }) => name),
  )
  const own = checkRecord(`${option}.tenants`, given)
  return tenants.map(({ name }) => own[name] ?? 0)
}
