import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Slots, type Slotted } from './slots.ts'

interface Member extends Slotted {
  readonly name: number
}

describe('slots', () => {
  it('hold what came and has not gone, whatever the order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(19), { maxLength: 200 }), (touched) => {
        const members = Array.from({ length: 20 }, (_, name): Member => ({ name, slot: -1 }))
        const slots = new Slots<Member>()
        const model = new Set<Member>()
        for (const at of touched) {
          const member = members[at] as Member
          expect(slots.has(member)).toBe(model.has(member))
          if (model.has(member)) {
            expect(slots.delete(member)).toBe(model.delete(member))
          } else {
            expect(slots.delete(member)).toBe(false)
            slots.add(member)
            model.add(member)
          }
          expect(slots.size).toBe(model.size)
          expect(new Set(slots.values())).toEqual(model)
        }
      }),
    )
  })

  it('tell a member of others from their own', () => {
    const [ours, theirs] = [new Slots<Member>(), new Slots<Member>()]
    const member = { name: 1, slot: -1 }
    theirs.add(member)
    expect(ours.has(member)).toBe(false)
    expect(ours.delete(member)).toBe(false)
    expect(theirs.size).toBe(1)
  })
})
