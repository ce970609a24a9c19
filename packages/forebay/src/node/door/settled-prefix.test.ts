import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SettledPrefix } from './settled-prefix.ts'

describe('SettledPrefix', () => {
  it('is the number of records before the first one that is open or refused, in whatever order they settle', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 40 }), fc.infiniteStream(fc.nat()), (verdicts, order) => {
        const settled = new SettledPrefix(40)
        const state: (boolean | undefined)[] = verdicts.map(() => undefined)
        const open = verdicts.map(() => settled.add())
        while (open.length > 0) {
          const [index] = open.splice((order.next().value as number) % open.length, 1)
          state[index!] = verdicts[index!]
          settled.settle(index!, verdicts[index!]!)
          const gap = state.findIndex((accepted) => accepted !== true)
          expect(settled.prefix).toBe(gap === -1 ? state.length : gap)
          expect(settled.open).toBe(open.length)
        }
      }),
    )
  })

  it('is full when its window is, and takes more as soon as the front is accepted', () => {
    const settled = new SettledPrefix(2)
    settled.add()
    settled.add()
    settled.settle(1, true)
    expect(settled.isFull).toBe(true)
    settled.settle(0, true)
    expect(settled.isFull).toBe(false)
    expect(settled.add()).toBe(2)
  })
})
