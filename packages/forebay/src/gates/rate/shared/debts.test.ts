import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../testkit/virtual-clock.ts'
import { Debts } from './debts.ts'
import { SharedKey } from './shared-key.ts'

function owing(name: string): SharedKey {
  const key = new SharedKey(name)
  key.correct(2, 0)
  return key
}

describe('Debts', () => {
  it('remembers five thousand keys, and says what it lets go of the oldest', () => {
    const debts = new Debts(new VirtualClock(), 1000, () => {})
    const oldest = owing('oldest')
    let letGo = debts.note(oldest)
    for (let i = 1; i < 5000; i++) letGo += debts.note(owing(`k${i}`))
    expect(letGo).toBe(0)

    expect(debts.note(owing('newest'))).toBe(2)

    expect(oldest.isIdle).toBe(true)
    expect(debts.next().map(({ key }) => key)).toEqual(Array.from({ length: 100 }, (_, i) => `k${i + 1}`))
    let kept = 0
    for (; debts.next().length > 0; kept++) debts.delete(debts.next()[0] as SharedKey)
    expect(kept).toBe(5000)
  })

  it('forgets a key that owes nothing after all, and what it would give back', () => {
    const debts = new Debts(new VirtualClock(), 1000, () => {})
    const key = owing('a')
    debts.note(key)
    key.correct(-3, 0)
    debts.note(key)
    expect(debts.next()).toEqual([])
    expect(key.isIdle).toBe(true)
  })

  it('tries with the oldest again and again while there are any, and sets no timer then', async () => {
    const clock = new VirtualClock()
    const tried: [string, number][] = []
    const debts = new Debts(clock, 100, ({ key }) => tried.push([key, clock.now()]))
    const [a, b] = [owing('a'), owing('b')]
    for (const key of [a, b, a]) debts.note(key)

    await clock.advance(150)
    debts.delete(a)
    await clock.advance(100)
    debts.delete(b)
    await clock.advance(100)

    expect(tried.map(([key]) => key)).toEqual(['a', 'b'])
    expect(clock.pending).toBe(0)
  })
})
