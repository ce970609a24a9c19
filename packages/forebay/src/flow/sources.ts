import { show } from '../kernel/check.ts'
import { Flow } from './flow.ts'
import { asyncIterableSource } from './sources/async-iterable.ts'
import { iterableSource } from './sources/iterable.ts'
import { rangeSource } from './sources/range.ts'

type FlowSource<T> = Iterable<T> | AsyncIterable<T> | Flow<T>

interface FlowFactory {
  /** A flow of the items of any iterable, async iterable, web stream or Node stream. */
  <T>(source: FlowSource<T>): Flow<T>
  /** The whole numbers from `first` to `last`, both included. */
  range(first: number, last: number): Flow<number>
}

function from<T>(source: FlowSource<T>): Flow<T> {
  if (source instanceof Flow) return source
  const { [Symbol.iterator]: items, [Symbol.asyncIterator]: asyncItems } = Object(source) as Partial<
    Iterable<T> & AsyncIterable<T>
  >
  if (typeof items === 'function') return new Flow<T>(iterableSource(source as Iterable<T>))
  if (typeof asyncItems === 'function') return new Flow<T>(asyncIterableSource(source as AsyncIterable<T>))
  throw new TypeError(`flow: expected an iterable, an async iterable or a flow, got ${show(source)}`)
}

/** Where flows come from. */
export const flow: FlowFactory = /* @__PURE__ */ Object.assign(from, {
  range: (first: number, last: number): Flow<number> => new Flow<number>(rangeSource(first, last)),
})
