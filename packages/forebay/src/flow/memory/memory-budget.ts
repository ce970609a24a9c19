import { byteCount, type Bytes } from '../../kernel/bytes.ts'
import { show } from '../../kernel/check.ts'
import type { Level } from '../../kernel/gate.ts'
import type { MemoryShare } from '../../kernel/run-memory.ts'
import { Claim } from './claim.ts'
import { SharedMemory } from './shared-memory.ts'
import { shareRules, type MemoryShareOptions } from './share-options.ts'

/** What one run holds of a {@link MemoryBudget}, and how it stands. Plain data. */
export interface ShareState {
  readonly name: string
  readonly run: string
  readonly level: Level
  readonly weight: number
  /** Never taken by others: what is guaranteed, as soon as nobody else holds it. */
  readonly floorBytes: number
  /** What it may hold as long as others want theirs; the whole limit while nobody waits. */
  readonly partBytes: number
  readonly heldBytes: number
  /** Edges that wait for room, and for how long one has in sum, ms. */
  readonly waiting: number
  readonly waitedMs: number
  /** Items that it lost to make room for others. */
  readonly shedItems: number
}

/** Who holds what of a budget, and who waits. Plain data. */
export interface MemoryBudgetState {
  readonly name: string
  readonly limitBytes: number
  readonly heldBytes: number
  readonly guaranteedBytes: number
  /** One for each run that lasts, the largest first. */
  readonly shares: readonly ShareState[]
}

/** Memory for the buffers of several runs together; see {@link memoryBudget}. */
export interface MemoryBudget {
  readonly name: string
  /** For `run({ memory })`; every run that is given it has a part of its own, until it ends. */
  share(name: string, options?: MemoryShareOptions): MemoryShare
  inspect(): MemoryBudgetState
}

/**
 * One bound in bytes for the buffers of many flows. Each has what is guaranteed to it; the rest is parted by level and
 * weight, and whoever wants little leaves the rest of his part to others (weighted max–min fairness). Where there is no
 * room a buffer grants no credit, so its producer waits; an empty one may always hold one item, so nothing locks up and
 * the sum is at most `limit` and one item for each buffer. A little is kept for runs that hold little, so that one
 * that begins finds room however slow the others are; what is guaranteed to it comes to it as others give it back.
 *
 * `run` throws `FOREBAY_OVERFLOW` when what is guaranteed to it is guaranteed to others already.
 *
 * @example
 * const budget = memoryBudget('256MiB')
 * orders.run({ memory: budget.share('orders', { guaranteed: '8MiB', weight: 2, level: 0 }) })
 * clicks.run({ memory: budget.share('clicks', { level: 3, shed: true }) })
 */
export function memoryBudget(limit: Bytes, options: { name?: string } = {}): MemoryBudget {
  const { name = 'memory' } = options
  if (typeof name !== 'string') throw new TypeError(`name: expected a string, got ${show(name)}`)
  const memory = new SharedMemory(name, byteCount('memoryBudget', limit))
  return {
    name,
    share: (shareName, shareOptions = {}) => {
      const rules = shareRules(shareName, shareOptions, memory.limitBytes)
      return { join: (run) => new Claim(memory, rules, run) }
    },
    inspect: () => stateOf(memory),
  }
}

function stateOf(memory: SharedMemory): MemoryBudgetState {
  const { name, limitBytes, heldBytes, guaranteedBytes, claims } = memory
  const shares = [...claims].map((claim): ShareState => {
    const { rules, run, floorBytes, heldBytes: held, waiting, waitedMs, shedItems } = claim
    const { name: share, level, weight } = rules
    const partBytes = memory.partOf(claim)
    return { name: share, run, level, weight, floorBytes, partBytes, heldBytes: held, waiting, waitedMs, shedItems }
  })
  return {
    name,
    limitBytes,
    heldBytes,
    guaranteedBytes,
    shares: shares.toSorted((a, b) => b.heldBytes - a.heldBytes),
  }
}
