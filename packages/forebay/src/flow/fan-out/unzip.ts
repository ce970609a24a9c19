import { checkFunction, show } from '../../kernel/check.ts'
import type { Branch } from '../branches.ts'
import type { Flow } from '../flow.ts'
import type { Program } from '../program.ts'

/**
 * The parts of each item to branches of their own: the n-th of every array to the n-th branch. The slowest branch sets
 * the pace; branches end, or are merged, as with `flow.broadcast`. An item that is no array, or a shorter one, fails the
 * flow with a `TypeError`.
 *
 * Emits: when every branch wants an item. Backpressures: when any branch does. Completes: when upstream completes.
 * Cancels: when all branches have cancelled; one that cancels alone is left out from then on. Loses: nothing.
 *
 * @example
 * unzip(flow.range(1, 3).map((n) => [n, String(n)] as const), [(n) => n.to(numbers), (text) => text.to(texts)]).run()
 */
export function unzip<T extends readonly unknown[], R extends { [K in keyof T]: unknown }>(
  flow: Flow<T>,
  branches: { readonly [K in keyof T]: (flow: Flow<T[K]>) => Program<R[K]> },
): Program<R>
export function unzip<T extends readonly unknown[], U>(
  flow: Flow<T>,
  branches: { readonly [K in keyof T]: (flow: Flow<T[K]>) => Flow<U> | Program<any> },
): Flow<U>
export function unzip(flow: Flow<any>, branches: readonly Branch<any, any>[]): Flow<any> | Program<any> {
  if (!Array.isArray(branches)) throw new TypeError(`unzip: expected a list of branches, got ${show(branches)}`)
  const parts = branches.map((branch: Branch<any, any>, index) => {
    checkFunction('unzip', branch)
    return (copy: Flow<any>) => branch(copy.map((item) => part(item, index)))
  })
  return flow.broadcast(...parts)
}

function part(item: unknown, index: number): unknown {
  if (Array.isArray(item) && index < item.length) return item[index]
  throw new TypeError(`unzip: expected an array with at least ${index + 1} parts, got ${show(item)}`)
}
