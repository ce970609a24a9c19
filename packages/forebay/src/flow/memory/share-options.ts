import { byteCount, type Bytes } from '../../kernel/bytes.ts'
import { checkInteger, checkNumber, show } from '../../kernel/check.ts'
import type { Level } from '../../kernel/gate.ts'

/** What a run may count on, and what it gives up for others. */
export interface MemoryShareOptions {
  /** Bytes that nobody else can take while the run lasts; default 0. */
  guaranteed?: Bytes
  /** The most that it may hold, however much is free; default all. */
  max?: Bytes
  /** Its part of what is left, against the weights of others; default 1, from 0.001 to 1000. */
  weight?: number
  /** While a more important run waits, those below get no more than what is guaranteed; default 1. */
  level?: Level
  /**
   * Whether buffers with a policy that loses items may lose some to make room for others who wait, the least important
   * first and with the reason `memory`; default false. Then they lose items only by their own policy.
   */
  shed?: boolean
}

/** {@link MemoryShareOptions}, checked and complete. */
export interface ShareRules {
  readonly name: string
  readonly guaranteedBytes: number
  readonly maxBytes: number
  readonly weight: number
  readonly level: Level
  readonly shed: boolean
}

export function shareRules(name: string, options: MemoryShareOptions, limitBytes: number): ShareRules {
  if (typeof name !== 'string' || name === '') throw new TypeError(`share: expected a name, got ${show(name)}`)
  const { guaranteed = 0, max, weight = 1, level = 1, shed = false } = options
  const guaranteedBytes = guaranteed === 0 ? 0 : byteCount('guaranteed', guaranteed)
  checkNumber('guaranteed', guaranteedBytes, 0, limitBytes)
  const maxBytes = max === undefined ? limitBytes : byteCount('max', max)
  checkNumber('max', maxBytes, guaranteedBytes, limitBytes)
  checkNumber('weight', weight, 0.001, 1000)
  checkInteger('level', level, 0, 3)
  if (typeof shed !== 'boolean') throw new TypeError(`shed: expected true or false, got ${show(shed)}`)
  return { name, guaranteedBytes, maxBytes, weight, level, shed }
}
