import { checkFunction, checkInteger, checkOneOf } from '../kernel/check.ts'
import { Flow } from './flow.ts'
import { mapAsyncNode } from './map-async.ts'
import { PartitionLanes } from './partition-lanes.ts'
import { withSite } from './sites.ts'
import { workOptions, type MapAsyncOptions, type WorkContext } from './work-options.ts'

const kind = 'mapAsyncPartitioned'

/** Options of {@link mapAsyncPartitioned}. */
export interface MapAsyncPartitionedOptions<A, B> extends Omit<MapAsyncOptions<A, B>, 'order' | 'buffer'> {
  /** What an item belongs to. */
  partition: (item: A) => unknown
  /** Items of one partition worked on at once; default 1, which keeps them in order. */
  perPartition?: number
  /** `input` (default): results leave in the order of their items. `completion`: as they come. */
  order?: 'input' | 'completion'
  /**
   * Items in the stage at most: at work, waiting for their partition, or finished behind a slower one. Default 4 ·
   * `concurrency`, so that items of a partition that has much to do can wait while others are worked on.
   */
  buffer?: number
}

/**
 * Concurrent work on items, of which each partition has a share: no more than `perPartition` of its items are worked on
 * at once, so that one with much to do, or one that is slow, cannot take every slot. Its other items wait in the
 * stage; when they fill `buffer`, upstream waits. Everything else is as with `flow.mapAsync`, also its options.
 *
 * Emits: when a result is next in order. Backpressures: when `buffer` items are in the stage. Completes: when upstream
 * has and no item is held. Cancels: when downstream cancels; work in flight gets its signal. Loses: nothing by default;
 * with `onError: 'resume'` the item that failed, with the reason `error`.
 *
 * @example
 * flow(orders).via(mapAsyncPartitioned(ship, { partition: (order) => order.shop, perPartition: 2, concurrency: 16 }))
 */
export function mapAsyncPartitioned<A, B>(
  fn: (value: A, work: WorkContext) => B | PromiseLike<B>,
  options: MapAsyncPartitionedOptions<A, B>,
): (flow: Flow<A>) => Flow<B> {
  checkFunction('mapAsyncPartitioned', fn)
  const { partition, perPartition = 1, order = 'input', fallback, ...rest } = options
  checkFunction('partition', partition)
  checkOneOf('order', order, ['input', 'completion'])
  const { concurrency } = workOptions<A>(kind, { ...rest, order: 'completion' })
  const buffer = options.buffer === undefined ? Math.min(4 * concurrency, 65_536) : options.buffer
  const share = checkInteger('perPartition', perPartition, 1, concurrency)
  const work = {
    ...workOptions<A>(kind, { ...rest, buffer, order: 'completion' }),
    order,
    keyOf: partition,
    lanes: () => new PartitionLanes<unknown>(buffer, share),
  }
  const more = { kind, ...(work.onError === 'resume' && { loses: 'items whose work fails' }) }
  const answers = fallback === undefined ? {} : { fallback }
  return (flow) => new Flow<B>(withSite({ ...mapAsyncNode(flow.node, fn, answers, work), ...more }), flow.sides)
}
