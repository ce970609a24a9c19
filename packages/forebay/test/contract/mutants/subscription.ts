import type { Subscriber, Subscription } from '../../../src/flow/sources/publisher.ts'
import type { World } from '../../../src/testkit/world.ts'
import type { PublisherFault } from './publisher-faults.ts'

/** Time for which one turn may hold the event loop, ms. */
const SLICE_MS = 2

/** How a publisher of numbers is made. */
export interface Making {
  readonly items: number
  readonly world: World
  /** Fails behind its items instead of completing. */
  readonly fails?: boolean
}

/** The publisher, as its subscriptions see it. */
export interface Host {
  readonly making: Making
  readonly fault: PublisherFault | undefined
  /** Who is subscribed now. */
  readonly active: ReadonlyMap<Subscriber<number>, FaultySubscription>
  /** A subscription is over. */
  forget(subscriber: Subscriber<number>, isCancelled: boolean): void
}

export function failure(): Error {
  return new Error('the publisher failed')
}

/** The subscription of a faulty publisher. It is sound where no fault is named. */
export class FaultySubscription implements Subscription {
  readonly #publisher: Host
  #subscriber: Subscriber<number> | undefined
  readonly #fault: PublisherFault | undefined
  readonly #isSecond: boolean
  #demand = 0
  #requests = 0
  #sent = 0
  #cancels = 0
  #ended: 'completed' | 'failed' | undefined
  /** A signal, or the loop that sends, is on the stack. */
  #isSending = false
  #isSignalling = false
  #pending: Error | undefined
  /** For faults that signal when nothing may be signalled any more. */
  #last: Subscriber<number>

  constructor(publisher: Host, subscriber: Subscriber<number>, isSecond: boolean) {
    this.#publisher = publisher
    this.#subscriber = subscriber
    this.#last = subscriber
    this.#fault = publisher.fault
    this.#isSecond = isSecond
  }

  start(isShut: boolean): void {
    if (this.#fault === 'sends an item before onSubscribe') this.#last.onNext(0)
    if (this.#fault === 'ends before onSubscribe when it is empty' && this.#isDone) this.#last.onComplete()
    this.#isSending = this.#fault !== 'answers a request inside onSubscribe'
    try {
      this.#subscriber?.onSubscribe(this)
    } catch (error) {
      this.#close(false)
      if (this.#fault === 'lets through what onSubscribe throws') throw error
    }
    this.#isSending = isShut || (this.#isSecond && this.#fault === 'leaves its second subscriber without a word')
    if (this.#isSending) return
    if (this.#pending !== undefined) this.fail(this.#pending)
    else this.#send()
  }

  request(items: number): void {
    const fault = this.#fault
    if (this.#subscriber === undefined) return this.#requestAfterwards(items)
    if (fault === 'takes no more than a hundred requests' && ++this.#requests > 100) return
    if (!this.#accepts(items)) {
      if (fault === 'throws at a wrong request') throw new RangeError('request')
      return this.fail(this.#wrong(items))
    }
    if (fault === 'refuses a demand that is larger than 2^53' && this.#demand + items > Number.MAX_SAFE_INTEGER) {
      return this.fail(new Error('too much'))
    }
    if (fault === 'forgets requests inside onNext' && this.#isSignalling) return
    if (fault === 'replaces the demand with the last request') this.#demand = items
    else this.#demand += items
    if (fault === 'counts its demand with 32 bits') this.#demand |= 0
    if (fault === 'sends one item more than was requested' && items === 2) this.#demand++
    if (fault === 'keeps back the last item of a request' && items > 1) this.#demand--
    this.#send()
    if (fault !== 'sends to all subscribers when one requests') return
    for (const other of this.#publisher.active.values()) if (other !== this) other.#share(items)
  }

  cancel(): void {
    const fault = this.#fault
    this.#cancels++
    if (fault === 'throws at a second cancel' && this.#cancels > 1) throw new Error('again?')
    if (fault === 'throws at a cancel after its end' && this.#ended !== undefined) throw new Error('too late')
    if (fault === 'spends time in cancel') this.#publisher.making.world.clock.advanceSync(5)
    if (fault === 'ignores cancel') return
    if (fault === 'ignores cancel inside a signal' && (this.#isSignalling || this.#isSending)) return
    this.#close(true)
  }

  fail(error: Error): void {
    if (this.#isSending && this.#fault !== 'fails inside onNext') {
      this.#pending ??= error
      return
    }
    this.#end('failed', (subscriber) => subscriber.onError(error))
    if (this.#fault === 'completes after it has failed') this.#last.onComplete()
  }

  #share(items: number): void {
    this.#demand += items
    this.#send()
  }

  get #isDone(): boolean {
    return this.#sent >= this.#publisher.making.items
  }

  /** Sends what is asked for, and ends behind the last item. */
  #send(): void {
    const { clock } = this.#publisher.making.world
    const isLoose = this.#fault === 'recurses: answers a request inside the request'
    if (this.#isSending && !isLoose) return
    this.#isSending = true
    const start = clock.now()
    while (this.#demand > 0 && this.#subscriber !== undefined && this.#pending === undefined) {
      const isPadding = this.#fault === 'sends undefined when it has run out of items'
      if (this.#isDone && (!isPadding || this.#sent > this.#publisher.making.items + 20)) break
      this.#sendOne()
      if (this.#fault === 'never gives the event loop back' || this.#sent % 64 > 0) continue
      if (clock.now() - start <= SLICE_MS) continue
      clock.yield(() => {
        this.#isSending = false
        this.#send()
      })
      return
    }
    this.#isSending = false
    if (this.#pending !== undefined) this.fail(this.#pending)
    else if (this.#isDone) this.#finish()
  }

  #sendOne(): void {
    this.#demand--
    const n = this.#sent++
    const isLast = this.#sent === this.#publisher.making.items
    if (isLast && this.#fault === 'completes before its last item') {
      this.#subscriber?.onComplete()
      this.#ended = 'completed'
    }
    this.#isSignalling = true
    try {
      this.#subscriber?.onNext(n < this.#publisher.making.items ? n : (undefined as never))
    } catch {
      if (this.#fault !== 'goes on after onNext has thrown') this.#close(false)
    }
    this.#isSignalling = false
    if (isLast && this.#fault === 'completes after cancel' && this.#subscriber === undefined) this.#last.onComplete()
  }

  #finish(): void {
    const { making } = this.#publisher
    const fault = this.#fault
    if (this.#ended !== undefined) return this.#close(false)
    if (making.fails === true) {
      if (fault !== 'swallows its failure') this.fail(failure())
      return
    }
    if (fault === 'never completes' || fault === 'sends undefined when it has run out of items') return
    if (fault === 'does not complete when it has no items' && making.items === 0) return
    if (fault === 'ends before onSubscribe when it is empty' && making.items === 0) return
    this.#end('completed', (subscriber) => subscriber.onComplete())
  }

  #end(how: 'completed' | 'failed', tell: (subscriber: Subscriber<number>) => void): void {
    const subscriber = this.#subscriber
    if (subscriber === undefined) return
    this.#ended = how
    this.#close(false)
    try {
      tell(subscriber)
    } catch (error) {
      if (this.#fault === 'lets through what onComplete and onError throw') throw error
    }
  }

  #close(isCancelled: boolean): void {
    if (this.#subscriber === undefined) return
    this.#publisher.forget(this.#subscriber, isCancelled)
    this.#subscriber = undefined
    if (this.#fault === undefined) this.#last = nobody
  }

  #requestAfterwards(items: number): void {
    const fault = this.#fault
    if (fault === 'completes once more for every request' && this.#ended === 'completed') this.#last.onComplete()
    const isWrong = !this.#accepts(items)
    if (fault === 'fails a wrong request after it has completed' && this.#ended === 'completed' && isWrong) {
      this.#last.onError(this.#wrong(items))
    }
    if (fault === 'fails a wrong request after it has failed' && this.#ended === 'failed' && isWrong) {
      this.#last.onError(this.#wrong(items))
    }
    if (fault === 'fails a wrong request after cancel' && this.#ended === undefined && isWrong) {
      this.#last.onError(this.#wrong(items))
    }
  }

  #accepts(items: number): boolean {
    const fault = this.#fault
    if (fault === 'takes zero for a request' && items === 0) return true
    if (fault === 'takes a negative number for a request' && items < 0) return true
    if (fault === 'takes NaN and fractions for a request' && typeof items === 'number' && !(items <= 0)) return true
    return items > 0 && (Number.isInteger(items) || items === Infinity)
  }

  #wrong(items: number): Error {
    if (this.#fault === 'fails a wrong request with an Error') return new Error(`request(${String(items)})`)
    if (this.#fault === 'does not explain a wrong request') return new RangeError('no')
    return new RangeError(`request(${String(items)}): expected a whole number > 0 (3.9)`)
  }
}

const nothing = (): void => {}
const nobody: Subscriber<number> = { onSubscribe: nothing, onNext: nothing, onError: nothing, onComplete: nothing }
