import type { Publisher } from '../../flow/sources/publisher.ts'
import type { World } from '../world.ts'
import { ContractBench, type ContractOptions, type Skipped } from './contract-check.ts'
import { SubscriberProbe, type Behaviour } from './subscriber-probe.ts'

/** Makes a new publisher of so many items, which then completes. It may use the world's clock and chance. */
export type MakePublisher = (items: number, world: World) => Publisher<unknown>

/** What the publisher contract may be told. */
export interface PublisherContractOptions extends ContractOptions {
  /** Makes a publisher that sends so many items and then fails. Without it the checks of failures ask for a wrong demand. */
  readonly failing?: (items: number, world: World) => Publisher<unknown>
  /** Items that it can send at most; checks that need more are skipped. Default: as many as they like. */
  readonly maxItems?: number
  /** Calls of `onNext` that may be on the stack at once (rule 3.3); default 1, as the rule recommends. */
  readonly maxDepth?: number
  /** Collects garbage (rule 3.13); default `globalThis.gc`, which Node has with `--expose-gc`. */
  readonly collect?: () => unknown
}

/** Everything a check of a publisher works with. */
export class PublisherBench extends ContractBench {
  readonly options: PublisherContractOptions
  readonly #make: MakePublisher

  constructor(world: World, make: MakePublisher, options: PublisherContractOptions) {
    super(world, options)
    this.#make = make
    this.options = options
  }

  publisher(items: number): Publisher<unknown> {
    return this.#make(items, this.world)
  }

  /** A probe that has subscribed to a new publisher of `items`, and everything that follows from that. */
  async subscribed(items: number, behaviour?: Behaviour): Promise<SubscriberProbe> {
    return this.subscribe(this.publisher(items), behaviour)
  }

  async subscribe(publisher: Publisher<unknown>, behaviour?: Behaviour): Promise<SubscriberProbe> {
    const probe = new SubscriberProbe(behaviour)
    publisher.subscribe(probe)
    await this.settle()
    return probe
  }

  /** A probe whose publisher has failed: by itself, or because it was asked for nothing. */
  async failed(): Promise<SubscriberProbe> {
    const { failing } = this.options
    const probe = await this.subscribe(failing?.(1, this.world) ?? this.publisher(3))
    if (failing === undefined) probe.subscription.request(0)
    else probe.request(3)
    await this.settle()
    if (probe.errors.length === 0) throw new Error('it should have failed, and did not')
    return probe
  }

  /** Asks and waits. */
  async request(probe: SubscriberProbe, items: number): Promise<void> {
    probe.request(items)
    await this.settle()
  }

  /** Why a check that needs so many items is left out. */
  lacks(items: number): Skipped | undefined {
    const { maxItems = Infinity } = this.options
    return items > maxItems ? { skipped: `needs ${items} items, the publisher has at most ${maxItems}` } : undefined
  }
}
