import type { Subscriber } from '../../flow/sources/publisher.ts'
import type { World } from '../world.ts'
import { ContractBench, hold, type ContractOptions, type Skipped } from './contract-check.ts'
import { PublisherProbe } from './publisher-probe.ts'

/** A subscriber, and the handles by which a check moves it and looks inside. Checks that miss one are skipped. */
export interface SubscriberCase {
  readonly subscriber: Subscriber<any>
  /** Makes it want so many items more. Missing: it asks by itself, as long as it is sent what it asked for. */
  readonly request?: (items: number) => void
  /** Makes it want no more items, ever. */
  readonly cancel?: () => void
  /** The items that it has processed, in that order. */
  readonly received?: () => readonly unknown[]
  /** The end that it has processed. */
  readonly ended?: () => 'completed' | 'failed' | undefined
}

/** Makes a new subscriber. It may use the world's clock and chance. */
export type MakeSubscriber = (world: World) => SubscriberCase

/** What the subscriber contract may be told. */
export interface SubscriberContractOptions extends ContractOptions {
  /** The n-th item to send; default `n`, from 0. */
  readonly item?: (n: number) => unknown
  /**
   * What `null` and `undefined` are: `items` like any other (default: values may be anything in JavaScript), or
   * `nothing`, for which `onNext` throws a `TypeError`, as rule 2.13 wants it in Java.
   */
  readonly nulls?: 'items' | 'nothing'
}

/** Everything a check of a subscriber works with. */
export class SubscriberBench extends ContractBench {
  readonly options: SubscriberContractOptions
  readonly case: SubscriberCase

  constructor(world: World, make: MakeSubscriber, options: SubscriberContractOptions) {
    super(world, options)
    this.options = options
    this.case = make(world)
  }

  get subscriber(): Subscriber<any> {
    return this.case.subscriber
  }

  item(n: number): unknown {
    return this.options.item === undefined ? n : this.options.item(n)
  }

  /** A probe that has the subscriber. */
  async subscribed(answer?: (probe: PublisherProbe, items: number) => void): Promise<PublisherProbe> {
    const probe = new PublisherProbe(answer)
    probe.subscribe(this.subscriber)
    await this.settle()
    return probe
  }

  /** Makes the subscriber want items, and waits. */
  async want(items: number): Promise<void> {
    this.case.request?.(items)
    await this.settle()
  }

  /** Sends items as they are asked for, until so many have been sent. */
  async send(probe: PublisherProbe, items: number): Promise<void> {
    while (probe.sent < items) {
      hold(probe.demand > 0, `it asked for ${probe.requested} of ${items} items`)
      for (let left = Math.min(probe.demand, items - probe.sent); left > 0; left--) probe.next(this.item(probe.sent))
      await this.settle()
    }
  }
}

/** Why a check is left out. */
export function needs(handle: string): Skipped {
  return { skipped: `needs the handle \`${handle}\`` }
}
