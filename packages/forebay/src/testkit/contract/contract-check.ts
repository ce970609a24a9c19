import { world, type World } from '../world.ts'
import { contractRules, type ContractRule } from './rules.ts'

/** What is put to the test. */
export type Role = 'publisher' | 'subscriber' | 'processor'

/** How strongly the rule says it. */
export type Level = 'must' | 'should' | 'may'

/** Why a check says nothing about a subject. */
export interface Skipped {
  readonly skipped: string
}

/** One check of one rule, for any test runner to register. */
export interface ContractCheck {
  readonly rule: ContractRule
  readonly role: Role
  readonly level: Level
  readonly title: string
  /**
   * Resolves when the rule holds; with the reason when nothing can be said about this subject. Rejects with a
   * {@link RuleViolation} when the rule is broken. It can be run any number of times.
   */
  readonly run: () => Promise<Skipped | undefined>
}

/** A rule that a subject breaks, and how. */
export class RuleViolation extends Error {
  readonly rule: ContractRule

  constructor(check: { rule: ContractRule; title: string }, message: string, cause: unknown) {
    super(`breaks rule ${check.rule} (${contractRules[check.rule]}), "${check.title}": ${message}`, { cause })
    this.name = 'RuleViolation'
    this.rule = check.rule
  }
}

/** What all contracts may be told. */
export interface ContractOptions {
  /**
   * Lets everything happen that is on its way, for a subject that the world's virtual time cannot move on: sockets,
   * workers, real timers. Default: ten virtual seconds pass.
   */
  readonly settle?: () => Promise<unknown>
  /** Puts the global timers on the world's clock as well; see `world`. */
  readonly patch?: boolean
}

/** A check as it is written down, against a bench made anew for each run. */
export interface CheckOf<B> {
  readonly rule: ContractRule
  readonly title: string
  readonly level?: Level
  readonly run: (bench: B) => Promise<Skipped | undefined | void>
}

/** What every bench has. */
export class ContractBench {
  readonly world: World
  readonly #settle: (() => Promise<unknown>) | undefined

  constructor(world: World, options: ContractOptions) {
    this.world = world
    this.#settle = options.settle
  }

  /** Lets everything happen that is on its way. */
  async settle(): Promise<void> {
    await this.#settle?.()
    await this.world.advance(10_000)
  }
}

/** Turns checks into something that can be run: each in a world of its own. */
export function contract<B>(
  role: Role,
  checks: readonly CheckOf<B>[],
  options: ContractOptions,
  bench: (world: World) => B,
): ContractCheck[] {
  return checks.map(({ rule, title, level = 'must', run }) => ({
    rule,
    role,
    level,
    title,
    run: async () => {
      try {
        const outcome = await world(1, (made) => run(bench(made)), { patch: options.patch ?? false })
        return outcome ?? undefined
      } catch (error) {
        throw new RuleViolation({ rule, title }, error instanceof Error ? error.message : String(error), error)
      }
    },
  }))
}

/** Fails the check unless `holds`. */
export function hold(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(message)
}

/** What a call that must return normally has thrown; fails the check. */
export function returnsNormally(what: string, call: () => unknown): void {
  let result: unknown
  try {
    result = call()
  } catch (error) {
    throw new Error(`${what} threw ${String(error)}`, { cause: error })
  }
  hold(result === undefined, `${what} returned something`)
}

/** Fails the check unless `call` throws a `TypeError`. */
export function throwsTypeError(what: string, call: () => unknown): void {
  try {
    call()
  } catch (error) {
    return hold(nameOf(error) === 'TypeError', `${what} threw ${String(error)} instead of a TypeError`)
  }
  throw new Error(`${what} did not throw`)
}

/** The name of an error, also of one from another realm. */
export function nameOf(error: unknown): unknown {
  return (Object(error) as { name?: unknown }).name
}
