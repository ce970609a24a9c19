import { compileLoop, compileStep } from './codegen/compile.ts'
import { HotCode } from './codegen/hot-code.ts'
import { noRecord, settle, type Context } from './context.ts'
import { fuse, type Stateless } from './fuse.ts'
import type { Enter } from './plan.ts'
import type { Port, Pull, TailCode } from './receiver.ts'
import type { Control, Down, Operator, OperatorLogic, Step } from './operator.ts'

/** Items that a segment handles before it looks what is known of its functions. */
const LOOK_AFTER = 1024

/** What lies behind the last operator of a chain. */
export interface Tail {
  step: Step
  readonly hasCredit: () => boolean
  complete(): void
  fail(error: unknown): void
  readonly code?: TailCode | undefined
}

/** The place where one stateful operator hands over. */
interface Cell {
  next: Step
  /** What takes the place of `next` for an item that is timed: V8 inlines a call that always finds the same function. */
  timed: Step | undefined
  /** The operator is handing something on, and with which context. An error from below leaves it so. */
  isHanding: boolean
  context: Context | undefined
}

interface End {
  complete(): void
  fail(error: unknown): void
}

type Part =
  | { readonly kind: 'run'; readonly operators: readonly Stateless[]; readonly first: number; step: Step }
  | { readonly kind: 'logic'; readonly first: number; readonly cell: Cell; readonly step: Step }

/**
 * The running operators of one segment: runs of stateless operators fused into one step each, with the
 * stateful ones between them.
 *
 *   source → [ map·filter ] → scan → [ map ] → tail        parts: run, logic, run
 */
export class Chain {
  /** The step of the first operator, or of the tail. */
  entry: Step
  /** The stateful operators in order. */
  readonly logics: readonly OperatorLogic<any>[]
  /** Logics with a `pull`, the last operator first: it must empty before those above it may push. */
  readonly pullers: readonly OperatorLogic<any>[]
  readonly #parts: Part[] = []
  /** Of the stateful operators, in order. */
  readonly #cells: Cell[] = []
  /** What ends the chain from its n-th stateful operator on; the last one ends the tail. */
  readonly #ends: End[]
  readonly #tail: Tail
  readonly #operators: readonly Operator[]
  /** It runs generated code, or knows that it cannot: there is nothing to count any more. */
  isHot = false
  /** Makes records of the items of a source. */
  readonly #enter: Enter | undefined
  /** The context of the record that is being handed on. An error from below leaves it so. */
  #entered: Context | undefined
  /** Items since the last look at what is known of these functions. */
  #heat = 0

  constructor(
    operators: readonly Operator[],
    tail: Tail,
    controlOf: (stateful: number) => Control,
    enter: Enter | undefined,
  ) {
    this.#tail = tail
    this.#enter = enter
    this.#operators = operators
    const logics: OperatorLogic<any>[] = []
    const ends: End[] = [tail]
    let stateful = operators.filter((operator) => operator.kind === 'stateful').length
    let run: Stateless[] = []
    let next = tail.step
    const closeRun = (first: number): void => {
      // The first part is always a run, the one that is joined with the loop of the pull.
      if (run.length === 0 && first > 0) return
      next = fuse(run, next)
      this.#parts.unshift({ kind: 'run', operators: run, first, step: next })
      run = []
    }
    for (let index = operators.length - 1; index >= 0; index--) {
      const operator = operators[index] as Operator
      if (operator.kind !== 'stateful') {
        run.unshift(operator)
        continue
      }
      closeRun(index + 1)
      const cell: Cell = { next, timed: undefined, isHanding: false, context: undefined }
      const below = ends[0] as End
      const down: Down<any> = {
        push: (value, context) => {
          cell.isHanding = true
          cell.context = context
          if (cell.timed === undefined) cell.next(value, context)
          else cell.timed(value, context)
          cell.isHanding = false
        },
        hasCredit: tail.hasCredit,
        complete: () => below.complete(),
        fail: (error) => below.fail(error),
      }
      const logic = operator.create(down, controlOf(--stateful))
      logics.unshift(logic)
      this.#cells.unshift(cell)
      ends.unshift({
        complete: () => (logic.complete === undefined ? below.complete() : logic.complete()),
        fail: (error) => (logic.fail === undefined ? below.fail(error) : logic.fail(error)),
      })
      next = (value, context) => logic.push(value, context)
      this.#parts.unshift({ kind: 'logic', first: index, cell, step: next })
    }
    closeRun(0)
    this.entry = this.#entering(next)
    this.logics = logics
    this.pullers = logics.filter((logic) => logic.pull !== undefined).reverse()
    this.#ends = ends
  }

  /** Ends the input of the n-th stateful operator; 0 is the whole chain, `logics.length` the tail alone. */
  complete(stateful = 0): void {
    ;(this.#ends[stateful] as End).complete()
  }

  /** Fails the input of the chain. */
  fail(error: unknown): void {
    ;(this.#ends[0] as End).fail(error)
  }

  /**
   * Tells an error that was thrown inside the chain to the first operator below the place where it was
   * thrown that wants to know, else to the tail. An operator that was handing something on lies above that
   * place; so does everything above it, and above `pulling`, the operator that was emitting.
   */
  thrown(error: unknown, pulling: OperatorLogic<any> | undefined): void {
    for (let index = this.#holder(pulling) + 1; index < this.logics.length; index++) {
      const logic = this.logics[index] as OperatorLogic<any>
      if (logic.fail !== undefined) return logic.fail(error)
    }
    this.#tail.fail(error)
  }

  /** Ends the account of the item in which an error was thrown. False: an operator had made it of no record. */
  blame(error: unknown, pulling: OperatorLogic<any> | undefined, source: Pull): boolean {
    const cell = this.#cells[this.#holder(pulling)]
    if (cell === undefined) settle(this.#enter === undefined ? source.current?.() : this.#entered, 'failed', error)
    if (cell?.isHanding !== true) return true
    settle(cell.context, 'failed', error)
    return cell.context !== noRecord
  }

  /** The lowest operator that was handing something on, or was pulled; -1 when there is none. */
  #holder(pulling: OperatorLogic<any> | undefined): number {
    for (let index = this.logics.length - 1; index >= 0; index--) {
      if (this.#cells[index]?.isHanding === true || this.logics[index] === pulling) return index
    }
    return -1
  }

  /** Closes every operator. What one of them throws fails the run, and keeps no other from closing. */
  close(reason: unknown, run: { fail(error: unknown): void }): void {
    for (const logic of this.logics) {
      try {
        logic.close?.(reason)
      } catch (error) {
        run.fail(error)
      }
    }
  }

  held(): number {
    let held = 0
    for (const logic of this.logics) held += logic.held?.() ?? 0
    return held
  }

  /**
   * Lets the chain get hot: counts items, between two of them. All chains over the same functions get hot
   * together, whichever runs they belong to.
   */
  heat(items: number, hotAfter: number, pull: Pull, port: Port): void {
    if (this.#isBare) {
      this.isHot = true
      return
    }
    this.#heat += items
    if (this.#heat < LOOK_AFTER && this.#heat < hotAfter) return
    const functions = this.#operators.map((operator) => (operator as Stateless).fn)
    const hot = HotCode.of([...functions, ...Object.values(this.#tail.code?.scope ?? {})])
    hot.items += this.#heat
    this.#heat = 0
    if (hot.items < hotAfter) return
    this.isHot = true
    this.#compile(hot, pull, port)
  }

  /** Neither an operator nor a tail has a text: no code would be generated. */
  get #isBare(): boolean {
    return this.#operators.length === 0 && this.#tail.code === undefined
  }

  /** Puts generated code in the place of every run of stateless operators, of the first one with the loop of the pull. */
  #compile(hot: HotCode, pull: Pull, port: Port): void {
    let next = this.#tail.step
    let tail = this.#tail.code
    for (let part = this.#parts.length - 1; part >= 0; part--) {
      const it = this.#parts[part] as Part
      if (it.kind === 'logic') it.cell.next = next
      else {
        const run = { part, operators: it.operators, next, tail }
        // What is timed still takes the step that was there before.
        if (
          part === 0 &&
          this.#enter === undefined &&
          (pull.generated = compileLoop(run, hot, pull, port)) !== undefined
        )
          return
        it.step = compileStep(run, hot) ?? it.step
      }
      next = it.step
      tail = undefined
    }
    port.step = this.entry = this.#entering(next)
  }

  #entering(next: Step): Step {
    const enter = this.#enter
    if (enter === undefined) return next
    return (value, context) => {
      next(value, (this.#entered = enter(context)))
      this.#entered = undefined
    }
  }

  /**
   * A step that handles one item with a clock around every operator, adds the times to `ms` (one slot per
   * operator, one more for the tail), and then restores the plain chain.
   */
  sample(now: () => number, ms: { ms: number }[], restore: () => void): Step {
    let below = 0
    const timed = (slot: number, work: Step): Step => {
      return (value, context) => {
        const outer = below
        below = 0
        const start = now()
        try {
          work(value, context)
        } finally {
          const total = now() - start
          const entry = ms[slot]
          if (entry !== undefined) entry.ms += total - below
          below = outer + total
        }
      }
    }
    let next = timed(this.#operators.length, this.#tail.step)
    const cells: Cell[] = []
    for (let index = this.#parts.length - 1; index >= 0; index--) {
      const part = this.#parts[index] as Part
      if (part.kind === 'logic') {
        cells.push(part.cell)
        part.cell.timed = next
        next = timed(part.first, part.step)
        continue
      }
      for (let offset = part.operators.length - 1; offset >= 0; offset--) {
        next = timed(part.first + offset, fuse([part.operators[offset] as Stateless], next))
      }
    }
    next = this.#entering(next)
    return (value, context) => {
      try {
        next(value, context)
      } finally {
        for (const cell of cells) cell.timed = undefined
        restore()
      }
    }
  }
}
