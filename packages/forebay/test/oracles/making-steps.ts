import { Stream } from 'effect'
import * as rx from 'rxjs'
import {
  countUntilChanged,
  count,
  defaultIfEmpty,
  elementAt,
  endWith,
  every,
  find,
  findIndex,
  intersperse,
  mapAccumulate,
  max,
  min,
  pairwise,
  reduce,
  repeatEach,
  sliding,
  some,
  startWith,
  sum,
  zipWithIndex,
} from '../../src/flow/operators.ts'
import { bool, mixed, type Kind, type Numbers } from './step.ts'

const windows = (items: Numbers, size: number): Numbers[] =>
  items.slice(0, Math.max(0, items.length - size + 1)).map((_, at) => items.slice(at, at + size))
const cut = (items: Numbers, size: number): Numbers[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size))

/** Steps that make other items. */
export const making: readonly Kind[] = [
  (k) => ({
    name: `scan(${k})`,
    ours: (flow) => flow.scan((sum, n) => (sum + n) % 1000, k),
    array: (items) => items.map((_, at) => items.slice(0, at + 1).reduce((sum, n) => (sum + n) % 1000, k)),
    rx: rx.scan((sum, n) => (sum + n) % 1000, k),
    effect: (stream) =>
      stream.pipe(
        Stream.scan(
          () => k,
          (sum: number, n: number) => (sum + n) % 1000,
        ),
        Stream.drop(1), // it begins with the state itself
      ),
  }),
  (k) => ({
    name: `mapAccumulate(${k})`,
    ours: (flow) => flow.via(mapAccumulate((state: number, n: number) => [(state + n) % 100, state - n], k)),
    array: (items) => {
      let state = k
      return items.map((n) => {
        const out = state - n
        state = (state + n) % 100
        return out
      })
    },
    effect: Stream.mapAccum(
      () => k,
      (state: number, n: number) => [(state + n) % 100, [state - n]] as const,
    ),
  }),
  (k) => ({
    name: `batch(${k})`,
    ours: (flow) => flow.batch(k).map(mixed),
    array: (items) => cut(items, k).map(mixed),
    rx: (source) => source.pipe(rx.bufferCount(k), rx.map(mixed)),
    effect: (stream) => stream.pipe(Stream.grouped(k), Stream.map(mixed)),
  }),
  (k) => ({
    name: `sliding(${k + 1})`,
    ours: (flow) =>
      flow
        .via(sliding(k + 1))
        .filter((group) => group.length === k + 1)
        .map(mixed),
    array: (items) => windows(items, k + 1).map(mixed),
    rx: (source) =>
      source.pipe(
        rx.bufferCount(k + 1, 1),
        rx.filter((group) => group.length === k + 1),
        rx.map(mixed),
      ),
    effect: (stream) =>
      stream.pipe(
        Stream.sliding(k + 1),
        Stream.filter((group) => group.length === k + 1),
        Stream.map(mixed),
      ),
  }),
  () => ({
    name: 'pairwise',
    ours: (flow) => flow.via(pairwise()).map(mixed),
    array: (items) => windows(items, 2).map(mixed),
    rx: (source) => source.pipe(rx.pairwise(), rx.map(mixed)),
  }),
  (k) => ({
    name: `distinctUntilChanged(% ${k})`,
    ours: (flow) => flow.distinctUntilChanged((n) => n % k),
    array: (items) => items.filter((n, at) => at === 0 || n % k !== (items[at - 1] as number) % k),
    rx: rx.distinctUntilChanged((a, b) => a % k === b % k),
    effect: Stream.changesWith((a, b) => a % k === b % k),
  }),
  (k) => ({
    name: `countUntilChanged(% ${k})`,
    ours: (flow) => flow.via(countUntilChanged((n) => n % k)).map(([, times]) => times),
    array: (items) => {
      const counts: number[] = []
      for (const [at, n] of items.entries()) {
        if (at > 0 && n % k === (items[at - 1] as number) % k) counts[counts.length - 1] = (counts.at(-1) as number) + 1
        else counts.push(1)
      }
      return counts
    },
    effect: (stream) =>
      stream.pipe(
        Stream.groupAdjacentBy((n) => n % k),
        Stream.map(([, group]) => group.length),
      ),
  }),
  (k) => ({
    name: `flatMap(${k})`,
    ours: (flow) => flow.flatMap((n) => Array.from({ length: Math.abs(n) % k }, (_, at) => n + at)),
    array: (items) => items.flatMap((n) => Array.from({ length: Math.abs(n) % k }, (_, at) => n + at)),
    rx: rx.concatMap((n) => Array.from({ length: Math.abs(n) % k }, (_, at) => n + at)),
    effect: (stream) =>
      stream.pipe(
        Stream.map((n) => Array.from({ length: Math.abs(n) % k }, (_, at) => n + at)),
        Stream.flattenIterable,
      ),
  }),
  (k) => ({
    name: `repeatEach(${k})`,
    ours: (flow) => flow.via(repeatEach(k)),
    array: (items) => items.flatMap((n) => Array.from({ length: k }, () => n)),
    rx: rx.concatMap((n) => Array.from({ length: k }, () => n)),
  }),
  (k) => ({
    name: `intersperse(${k})`,
    ours: (flow) => flow.via(intersperse(k)),
    array: (items) => items.flatMap((n, at) => (at === 0 ? [n] : [k, n])),
    effect: Stream.intersperse(k),
  }),
  (k) => ({
    name: `startWith(${k}) · endWith(${k})`,
    ours: (flow) => flow.via(startWith(k)).via(endWith(k)),
    array: (items) => [k, ...items, k],
    rx: (source) => source.pipe(rx.startWith(k), rx.endWith(k)),
    effect: (stream) => stream.pipe(Stream.prepend([k]), Stream.concat(Stream.make(k))),
  }),
  () => ({
    name: 'zipWithIndex',
    ours: (flow) => flow.via(zipWithIndex()).map(mixed),
    array: (items) => items.map((n, at) => mixed([n, at])),
    rx: rx.map((n, at) => mixed([n, at])),
    effect: (stream) => stream.pipe(Stream.zipWithIndex, Stream.map(mixed)),
  }),
  (k) => ({
    name: `reduce(${k})`,
    ours: (flow) => flow.via(reduce((sum, n) => (sum * 3 + n) % 9973, k)),
    array: (items) => [items.reduce((sum, n) => (sum * 3 + n) % 9973, k)],
    rx: rx.reduce((sum, n) => (sum * 3 + n) % 9973, k),
  }),
  () => ({ name: 'count', ours: (flow) => flow.via(count()), array: (items) => [items.length], rx: rx.count() }),
  () => ({ name: 'sum', ours: (flow) => flow.via(sum()), array: (items) => [items.reduce((a, b) => a + b, 0)] }),
  () => ({ name: 'min', ours: (flow) => flow.via(min()), array: (items) => extreme(items, -1), rx: rx.min() }),
  () => ({ name: 'max', ours: (flow) => flow.via(max()), array: (items) => extreme(items, 1), rx: rx.max() }),
  (k) => ({
    name: `find(% ${k})`,
    ours: (flow) => flow.via(find((n) => n % k === 0)),
    array: (items) => items.filter((n) => n % k === 0).slice(0, 1),
  }),
  (k) => ({
    name: `findIndex(% ${k})`,
    ours: (flow) => flow.via(findIndex((n) => n % k === 0)),
    array: (items) => [items.findIndex((n) => n % k === 0)],
    rx: rx.findIndex((n) => n % k === 0),
  }),
  (k) => ({
    name: `every and some (% ${k})`,
    ours: (flow) => (k % 2 === 0 ? flow.via(every((n) => n % k === 0)) : flow.via(some((n) => n % k === 0))).map(bool),
    array: (items) => [bool(k % 2 === 0 ? items.every((n) => n % k === 0) : items.some((n) => n % k === 0))],
  }),
  (k) => ({
    name: `defaultIfEmpty(${k})`,
    ours: (flow) => flow.via(defaultIfEmpty(k)),
    array: (items) => (items.length === 0 ? [k] : items),
    rx: rx.defaultIfEmpty(k),
    effect: Stream.orElseIfEmpty(() => Stream.make(k)),
  }),
  (k) => ({
    name: `elementAt(${k}), or ${k}`,
    ours: (flow) =>
      flow
        .take(k + 1)
        .via(endWith(k))
        .take(k + 1)
        .via(elementAt(k))
        .via(defaultIfEmpty(k)),
    array: (items) =>
      items.length === k + 1 || items.length > k ? [items[k] as number] : items.length === k ? [k] : [k],
  }),
]

function extreme(items: Numbers, sign: 1 | -1): Numbers {
  if (items.length === 0) return []
  return [items.reduce((best, n) => ((n - best) * sign > 0 ? n : best))]
}
