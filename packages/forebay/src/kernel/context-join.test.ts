import { describe, expect, test, vi } from 'vitest'
import type { BulkLease, Context, Lease, OwnContext } from './context.ts'
import { ContextJoin } from './context-join.ts'
import { Totals } from './totals.ts'

const leased = (key: string) => ({ key, lease: { settle: vi.fn<Lease['settle']>(), split: vi.fn<Lease['split']>() } })
const own = (value: string): OwnContext => ({ value, join: (next) => own(`${value}+${String(next.value)}`) })
/** The context that all items of a source without contexts share: one record each. */
function bulk(): { totals: Totals; context: Context } {
  const totals = new Totals(true)
  return { totals, context: totals.enter(undefined, 5) as Context }
}

describe('the contexts of items that become one', () => {
  test('are one context, whose end is that of all', () => {
    const join = new ContextJoin()
    const [a, b] = [leased('a'), leased('b')]
    join.add(a)
    join.add(undefined)
    join.add(b)
    join.take()?.lease?.settle('done')

    expect(a.lease.settle).toHaveBeenCalledExactlyOnceWith('done', undefined)
    expect(b.lease.settle).toHaveBeenCalledExactlyOnceWith('done', undefined)
  })

  test('of a single item is its own', () => {
    const join = new ContextJoin()
    const a = leased('a')
    join.add(a)

    expect(join.take()).toBe(a)
    expect(join.take()).toBeUndefined()
  })

  test('end one by one when nothing is made of them', () => {
    const join = new ContextJoin()
    const [a, b] = [leased('a'), leased('b')]
    join.add(a)
    join.add(b)
    join.settle('dropped', 'full')
    join.settle('dropped', 'full')

    for (const { lease } of [a, b]) expect(lease.settle).toHaveBeenCalledExactlyOnceWith('dropped', 'full')
  })

  test('give what the program gave them, joined as they come', () => {
    const join = new ContextJoin()
    for (const value of ['a', 'b', 'c']) join.add({ own: own(value) })

    expect(join.take()?.own?.value).toBe('a+b+c')
    join.add({ own: own('d') })
    expect(join.take()?.own?.value).toBe('d')
    for (const context of [{ own: own('e') }, leased('f'), { own: own('g') }]) join.add(context)
    expect(join.take()?.own?.value).toBe('e+g')
    join.add(leased('e'))
    join.add(leased('f'))
    expect(join.take()?.own).toBeUndefined()
  })

  test('what does not join is not among them', () => {
    const join = new ContextJoin()
    const [a, b] = [leased('a'), leased('b')]
    const fails: OwnContext = {
      value: 1,
      join: () => {
        throw new Error('no')
      },
    }
    join.add({ ...a, own: fails })
    expect(() => join.add({ ...b, own: own('b') })).toThrow('no')
    join.settle('failed', 'no')

    expect(a.lease.settle).toHaveBeenCalledOnce()
    expect(b.lease.settle).not.toHaveBeenCalled()
  })
})

describe('the shared context of records that nobody knows more of', () => {
  test('is counted, and ends as many as were joined', () => {
    const { totals, context } = bulk()
    const join = new ContextJoin()
    for (let i = 0; i < 3; i++) join.add(context)
    join.take()?.lease?.settle('done')
    expect(totals).toMatchObject({ in: 5, out: 3, open: 2 })

    for (let i = 0; i < 2; i++) join.add(context)
    join.settle('dropped', 'full')
    expect(totals).toMatchObject({ out: 3, dropped: { full: 2 }, open: 0 })
  })

  test('stands for as many records each as it says', () => {
    const { totals, context } = bulk()
    const join = new ContextJoin()
    const two = (context.lease as BulkLease).of(2)
    join.add(two)
    join.add(two)
    join.take()?.lease?.settle('done')

    expect(totals).toMatchObject({ out: 4, open: 1, oversettled: 0 })
  })

  test('is counted beside those of others, and from anew after each take', () => {
    const { totals, context } = bulk()
    const other = leased('a')
    const join = new ContextJoin()
    for (const each of [context, other, context]) join.add(each)
    join.take()?.lease?.settle('done')
    expect(totals).toMatchObject({ out: 2 })
    expect(other.lease.settle).toHaveBeenCalledOnce()

    join.add(context)
    join.take()?.lease?.settle('done')
    expect(totals).toMatchObject({ out: 3, open: 2 })
  })

  test('is not counted for a context that is the lease of one item', () => {
    const lease = Object.assign(leased('a').lease, { records: undefined })
    const context: Context = Object.assign(lease, { lease })
    const join = new ContextJoin()
    join.add(context)
    join.add(context)
    join.settle('done', undefined)

    expect(lease.settle).toHaveBeenCalledTimes(2)
  })
})
