import type { Processor } from '../../flow/sources/publisher.ts'
import { checkFunction } from '../../kernel/check.ts'
import type { World } from '../world.ts'
import { ContractBench, contract, hold, type CheckOf, type ContractCheck } from './contract-check.ts'
import { plainPublisher } from './plain-publisher.ts'
import { PublisherBench, type MakePublisher, type PublisherContractOptions } from './publisher-bench.ts'
import { publisherChecks } from './publisher-contract.ts'
import { PublisherProbe } from './publisher-probe.ts'
import { SubscriberBench, type MakeSubscriber } from './subscriber-bench.ts'
import { subscriberChecks } from './subscriber-contract.ts'
import { SubscriberProbe } from './subscriber-probe.ts'

/** Makes a new processor that hands on every item as it is. It may use the world's clock and chance. */
export type MakeProcessor = (world: World) => Processor<any, any>

/** What the processor contract may be told. */
export interface ProcessorContractOptions extends Omit<PublisherContractOptions, 'failing'> {
  /** Whether it answers an error of its upstream with something else than that error; default false. */
  readonly recovers?: boolean
}

/** Everything a check of a processor works with: it stands between two probes. */
class ProcessorBench extends ContractBench {
  readonly above: PublisherProbe = new PublisherProbe()
  readonly below: SubscriberProbe = new SubscriberProbe()
  readonly options: ProcessorContractOptions
  readonly processor: Processor<any, any>

  constructor(world: World, make: MakeProcessor, options: ProcessorContractOptions) {
    super(world, options)
    this.options = options
    this.processor = make(world)
  }

  async plug(): Promise<void> {
    this.above.subscribe(this.processor)
    this.processor.subscribe(this.below)
    await this.settle()
  }
}

const failure = new Error('the upstream failed')

const processorChecks: readonly CheckOf<ProcessorBench>[] = [
  {
    rule: '4.1',
    title: 'hands every item on in its order, and the end behind them',
    run: async (bench) => {
      const items = Math.min(100, bench.options.maxItems ?? Infinity)
      plainPublisher(items).subscribe(bench.processor)
      bench.processor.subscribe(bench.below)
      for (let asked = 1; bench.below.requested < items + 1; asked = (asked % 7) + 1) {
        bench.below.request(asked)
        await bench.settle()
      }
      const { items: got, completions, excess } = bench.below
      hold(
        got.length === items && got.every((item, n) => item === n),
        `${items} items in, ${got.map(String).join()} out`,
      )
      hold(excess === 0, `${excess} items came that nobody asked for`)
      hold(completions === 1, `it completed ${completions} times`)
    },
  },
  {
    rule: '4.1',
    title: 'asks its upstream for what was requested before there was one',
    run: async (bench) => {
      bench.processor.subscribe(bench.below)
      await bench.settle()
      bench.below.request(2)
      await bench.settle()
      bench.above.subscribe(bench.processor)
      await bench.settle()
      for (let n = 0; n < 2; n++) {
        hold(bench.above.demand > 0, `2 items were requested, ${bench.above.requested} are asked for`)
        bench.above.next(n)
        await bench.settle()
      }
      hold(bench.below.items.length === 2, `2 items were sent, ${bench.below.items.length} came`)
    },
  },
  {
    rule: '4.1',
    level: 'should',
    title: 'cancels its upstream when its subscriber cancels',
    run: async (bench) => {
      await bench.plug()
      bench.below.request(1)
      await bench.settle()
      bench.below.cancel()
      await bench.settle()
      hold(bench.above.cancels > 0, 'the upstream was not cancelled')
    },
  },
  {
    rule: '4.2',
    title: 'passes an error on that comes before anything was requested',
    run: async (bench) => {
      await bench.plug()
      bench.above.error(failure)
      await bench.settle()
      if (bench.options.recovers === true) return { skipped: 'it recovers' }
      const [error] = bench.below.errors
      hold(bench.below.errors.length === 1, `onError was called ${bench.below.errors.length} times`)
      hold(error === failure, `the error has become ${String(error)}`)
      return undefined
    },
  },
  {
    rule: '4.2',
    title: 'passes an error on at once, past items that nobody has asked for',
    run: async (bench) => {
      if (bench.options.recovers === true) return { skipped: 'it recovers' }
      await bench.plug()
      bench.below.request(1)
      await bench.settle()
      while (bench.above.demand > 0 && bench.above.sent < 10) bench.above.next(bench.above.sent)
      bench.above.error(failure)
      await bench.settle()
      hold(bench.below.errors.length === 1, 'the error waits for the demand')
      return undefined
    },
  },
  {
    rule: '4.2',
    title: 'drops its subscription after an error, whether it recovers or not',
    run: async (bench) => {
      await bench.plug()
      bench.below.request(1)
      await bench.settle()
      bench.above.error(failure)
      const before = bench.above.calls.length
      await bench.settle()
      bench.below.request(5)
      bench.below.cancel()
      await bench.settle()
      hold(bench.above.calls.length === before, `it called ${bench.above.calls.at(-1)?.method} after the error`)
    },
  },
]

/**
 * The contract of a Reactive Streams processor, 1.0.4: that of a publisher, fed by one that keeps the rules; that of a
 * subscriber, with one below it; and chapter 4. `make` makes a processor that hands on every item as it is.
 *
 * @example
 * for (const { rule, title, run } of processorContract(() => new MyProcessor())) test(`${rule} ${title}`, run)
 */
export function processorContract(make: MakeProcessor, options: ProcessorContractOptions = {}): ContractCheck[] {
  checkFunction('processorContract', make)
  const above = (items: number, world: World, end = {}): Processor<any, any> => {
    const processor = make(world)
    plainPublisher(items, end).subscribe(processor)
    return processor
  }
  const publisher: MakePublisher = (items, world) => above(items, world)
  const failing: MakePublisher = (items, world) => above(items, world, { error: failure })
  const asPublisher = { ...options, ...(options.recovers !== true && { failing }) }
  return [
    ...contract(
      'publisher',
      publisherChecks,
      asPublisher,
      (world) => new PublisherBench(world, publisher, asPublisher),
    ),
    ...contract(
      'subscriber',
      subscriberChecks,
      options,
      (world) => new SubscriberBench(world, halved(make, options), options),
    ),
    ...contract('processor', processorChecks, options, (world) => new ProcessorBench(world, make, options)),
  ]
}

/** The upper half of a processor, with a probe below it. */
function halved(make: MakeProcessor, { recovers = false }: ProcessorContractOptions): MakeSubscriber {
  return (world) => {
    const processor = make(world)
    const below = new SubscriberProbe()
    processor.subscribe(below)
    return {
      subscriber: processor,
      request: (items) => below.request(items),
      cancel: () => below.cancel(),
      received: () => below.items,
      // What an error becomes is its own business.
      ...(!recovers && { ended: () => below.ended }),
    }
  }
}
