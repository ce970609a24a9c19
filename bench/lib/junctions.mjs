import { flow, rate } from 'forebay'
import * as op from 'forebay/operators'

const range = (items) => flow.range(1, items)
const half = (items) => range(items / 2)
const settled = Promise.resolve()
const later = (value) => settled.then(() => value)
const lastDigit = (n) => n % 10
const any = (n) => n >= 0
const plain = (branch) => branch.filter(any)

/** For each junction a flow of about `items` items through it. */
export const junctions = {
  buffer: (items) => range(items).buffer(64),
  'buffer, drop-oldest': (items) => range(items).buffer(64, 'drop-oldest'),
  latestBy: (items) => range(items).latestBy(lastDigit, { max: 16 }),
  async: (items) => range(items).async(),
  'mapAsync, in order': (items) => range(items).mapAsync(later, { concurrency: 16 }),
  'mapAsync, as they come': (items) => range(items).mapAsync(later, { concurrency: 16, order: 'completion' }),
  'mapAsync, in order per key': (items) => range(items).mapAsync(later, { concurrency: 16, order: lastDigit }),
  mapBatches: (items) => range(items).mapBatches(later, { items: 100 }),
  'through a rate': (items) => range(items).through(rate({ limit: 1e9, per: '1s', burst: 1e6 })),
  merge: (items) => half(items).merge(half(items)),
  concat: (items) => half(items).concat(half(items)),
  zip: (items) => half(items).zip(half(items)),
  zipLatest: (items) => op.zipLatest([half(items), half(items)]),
  interleave: (items) => op.interleave([half(items), half(items)], 8),
  mergeSorted: (items) => op.mergeSorted([half(items), half(items)], (a, b) => a - b),
  mergePrioritized: (items) =>
    op.mergePrioritized([
      { flow: half(items), weight: 3 },
      { flow: half(items), weight: 1 },
    ]),
  broadcast: (items) => half(items).broadcast(plain, plain),
  balance: (items) => op.balance(range(items), [plain, plain]),
  partition: (items) => range(items).partition((n) => n % 2, plain, plain),
  divert: (items) =>
    range(items).divert(
      (n) => n % 2 === 0,
      (rest) => rest.to(any),
    ),
  wiretap: (items) => range(items).wiretap(any),
  conflate: (items) => range(items).via(op.conflate({ seed: (n) => n, fold: (sum, n) => sum + n, max: 1000 })),
  groupBy: (items) => range(items).via(op.groupBy({ key: lastDigit, groups: 10 }, plain)),
  'groupBy, groups that come and go': (items) =>
    range(items).via(op.groupBy({ key: (n) => n >> 10, groups: 10 }, (group) => group.take(1024))),
  splitWhen: (items) => range(items).via(op.splitWhen((n) => n % 1000 === 0, plain)),
  flatMapConcat: (items) => range(items / 100).via(op.flatMapConcat(() => range(100))),
  flatMapMerge: (items) => range(items / 100).via(op.flatMapMerge(() => range(100), { breadth: 4 })),
  recoverWith: (items) => range(items).recoverWith(() => range(1)),
}
