import { describe, expect, it } from 'vitest'
import { isThenable, pending, promised } from './is-thenable.ts'

const resolved = (value: unknown): PromiseLike<unknown> => ({
  // oxlint-disable-next-line unicorn/no-thenable -- what another library calls a promise
  then: (resolve: ((value: never) => never) | null | undefined) => resolve?.(value as never) as never,
})
// oxlint-disable-next-line unicorn/no-thenable -- a field of that name is not yet a method
const plain: readonly unknown[] = [undefined, null, 0, 'then', () => {}, {}, { then: 1 }, []]

describe('what has to be waited for', () => {
  it('is everything with a method then, and nothing else', () => {
    for (const value of [Promise.resolve(), resolved(1)]) expect(isThenable(value)).toBe(true)
    for (const value of plain) expect(isThenable(value)).toBe(false)
  })

  it('is a promise itself where it is one, and else one that takes its answer', async () => {
    class Tracked extends Promise<unknown> {}
    for (const promise of [Promise.resolve(1), Tracked.resolve(1)]) {
      expect(pending(promise)).toBe(promise)
      expect(promised(promise)).toBe(promise)
    }

    const other = resolved(2)
    expect(pending(other)).toBeInstanceOf(Promise)
    expect(promised(other)).toBeInstanceOf(Promise)
    expect(await Promise.all([pending(other), promised(other)])).toEqual([2, 2])
  })

  it('is nothing for a plain result', () => {
    for (const value of plain) expect(pending(value)).toBeUndefined()
  })
})
