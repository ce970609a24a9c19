import { Stream } from 'effect'
import * as rx from 'rxjs'
import { compact, filterMap, filterNot, skipLast, skipWhile, takeLast, takeUntil } from '../../src/flow/operators.ts'
import { bool, type Kind, type Numbers } from './step.ts'

const upTo = (items: Numbers, found: number): Numbers => (found === -1 ? items : items.slice(0, found + 1))

/** Steps that let some items through. */
export const choosing: readonly Kind[] = [
  (k) => ({
    name: `map(+${k})`,
    ours: (flow) => flow.map((n) => n + k),
    array: (items) => items.map((n) => n + k),
    rx: rx.map((n) => n + k),
    effect: Stream.map((n) => n + k),
  }),
  (k) => ({
    name: `filter(% ${k})`,
    ours: (flow) => flow.filter((n) => n % k === 0),
    array: (items) => items.filter((n) => n % k === 0),
    rx: rx.filter((n) => n % k === 0),
    effect: Stream.filter((n) => n % k === 0),
  }),
  (k) => ({
    name: `filterNot(% ${k})`,
    ours: (flow) => flow.via(filterNot((n) => n % k === 0)),
    array: (items) => items.filter((n) => n % k !== 0),
    rx: rx.filter((n) => n % k !== 0),
    effect: Stream.filter((n) => n % k !== 0),
  }),
  (k) => ({
    name: `filterMap(% ${k})`,
    ours: (flow) => flow.via(filterMap((n) => (n % k === 0 ? n + 1 : undefined))),
    array: (items) => items.flatMap((n) => (n % k === 0 ? [n + 1] : [])),
    rx: rx.mergeMap((n) => (n % k === 0 ? [n + 1] : [])),
  }),
  (k) => ({
    name: `compact(% ${k})`,
    ours: (flow) => flow.map((n) => (n % k === 0 ? null : n)).via(compact()),
    array: (items) => items.filter((n) => n % k !== 0),
  }),
  (k) => ({
    name: `take(${k})`,
    ours: (flow) => flow.take(k),
    array: (items) => items.slice(0, k),
    rx: rx.take(k),
    effect: Stream.take(k),
  }),
  (k) => ({
    name: `skip(${k})`,
    ours: (flow) => flow.skip(k),
    array: (items) => items.slice(k),
    rx: rx.skip(k),
    effect: Stream.drop(k),
  }),
  (k) => ({
    name: `takeWhile(% ${k})`,
    ours: (flow) => flow.takeWhile((n) => n % k !== 0),
    array: (items) =>
      items.slice(
        0,
        upTo(
          items,
          items.findIndex((n) => n % k === 0),
        ).length - bool(items.some((n) => n % k === 0)),
      ),
    rx: rx.takeWhile((n) => n % k !== 0),
    effect: Stream.takeWhile((n) => n % k !== 0),
  }),
  (k) => ({
    name: `takeUntil(% ${k})`,
    ours: (flow) => flow.via(takeUntil((n) => n % k === 0)),
    array: (items) =>
      upTo(
        items,
        items.findIndex((n) => n % k === 0),
      ),
    rx: rx.takeWhile((n) => n % k !== 0, true),
    effect: Stream.takeUntil((n) => n % k === 0),
  }),
  (k) => ({
    name: `skipWhile(% ${k})`,
    ours: (flow) => flow.via(skipWhile((n) => n % k !== 0)),
    array: (items) => (items.some((n) => n % k === 0) ? items.slice(items.findIndex((n) => n % k === 0)) : []),
    rx: rx.skipWhile((n) => n % k !== 0),
    effect: Stream.dropWhile((n) => n % k !== 0),
  }),
  (k) => ({
    name: `takeLast(${k})`,
    ours: (flow) => flow.via(takeLast(k)),
    array: (items) => items.slice(-k),
    rx: rx.takeLast(k),
    effect: Stream.takeRight(k),
  }),
  (k) => ({
    name: `skipLast(${k})`,
    ours: (flow) => flow.via(skipLast(k)),
    array: (items) => items.slice(0, -k),
    rx: rx.skipLast(k),
    effect: Stream.dropRight(k),
  }),
]
