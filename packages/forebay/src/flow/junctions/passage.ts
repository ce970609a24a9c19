import { settle, type Context } from '../../kernel/context.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { Port } from '../../kernel/receiver.ts'
import { BLOCKED, STARVED } from '../../kernel/stage-account.ts'
import { stageClock } from '../../kernel/stage-clock.ts'
import { Alarm } from '../alarm.ts'
import { Conduit } from './conduit.ts'

/**
 * What to extend for a junction with one input and one output: it says what becomes of an item, how many fit, and
 * what can be handed on.
 *
 *   next ─▶ take(value, context)    [ held() ]    hand(port) ─▶ emit
 *   room() ─▶ credit of upstream                  when isReady() and downstream wants items
 *
 * After everything that happens (an item, the end, the alarm, a turn) it is asked anew what is ready and what fits;
 * what happens elsewhere, such as a promise, ends in a call of {@link changed}. The end, and a failure, come after
 * what is held. An error thrown in `take` fails the flow like that, and one in `hand` or `rang` at once.
 */
export abstract class Passage<A = any, B = any> extends Conduit<A> {
  #isHanding = false
  #alarm: Alarm | undefined

  /** An item has come: it is held, {@link lose lost}, or its account ended with `settle`; none of these when this throws. */
  protected abstract take(value: A, context: Context | undefined): void

  /** Hands on what is ready until {@link emit} says no. Called only when downstream wants something. */
  protected abstract hand(port: Port): void

  /** Whether something can be handed on now; default: when something is held. */
  protected isReady(): boolean {
    return this.held() > 0
  }

  /** The time of {@link setAlarm} is over: notes what is ready now; it is handed on when downstream wants it. */
  protected rang(): void {}

  /** The input has ended, as `end` says: makes ready what waited for more. */
  protected flush(): void {}

  /** Says where the slot of the stage is: starved, or blocked while downstream wants nothing. */
  protected account(): void {
    this.stage.to(this.hasCredit() ? STARVED : BLOCKED)
  }

  /** Hands one item on; true when one more may follow at once. Only in {@link hand}. */
  protected emit(port: Port, value: B, context: Context | undefined): boolean {
    if (port.n <= 0) throw new ForebayError('FOREBAY_PROTOCOL', `${this.stage.name}: an item arrived without credit`)
    this.emitted++
    this.handed = context
    this.#isHanding = true
    port.step(value, context)
    this.#isHanding = false
    return port.tick(1) && port.n > 0
  }

  /** Rings once in `ms`; set again it rings then instead. It is cleared at every end, and hands nothing on by itself. */
  protected setAlarm(ms: number): void {
    this.#alarm ??= new Alarm(stageClock(this.env.clock, this.stage), () => {
      this.#guarded(() => this.rang())
    })
    this.#alarm.set(ms)
  }

  protected clearAlarm(): void {
    this.#alarm?.clear()
  }

  /** Something has changed: wakes downstream if it wants what is ready, ends if that was all, else asks for more. */
  protected changed(): void {
    if (this.isOver) return
    if (this.hasCredit() && this.isReady()) this.port.wake()
    this.settle()
    this.account()
  }

  next(value: A, context: Context | undefined): void {
    this.granted--
    this.stage.in++
    try {
      this.take(value, context)
    } catch (error) {
      this.stage.failed++
      settle(context, 'failed', error)
      return this.endInput({ error })
    }
    this.changed()
  }

  run(port: Port): void {
    try {
      if (port.n > 0 && this.isReady()) this.hand(port)
    } catch (error) {
      // What is thrown below has its item ended by the segment.
      if (this.#isHanding) throw error
      return this.failNow(error)
    }
    this.settle()
    this.account()
  }

  protected override inputEnded(): void {
    this.#guarded(() => this.flush())
  }

  protected override close(reason: unknown): void {
    this.#alarm?.close()
    super.close(reason)
  }

  #guarded(callback: () => void): void {
    try {
      callback()
    } catch (error) {
      return this.failNow(error)
    }
    this.changed()
  }
}
