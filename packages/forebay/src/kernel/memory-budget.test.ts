import { describe, expect, it } from 'vitest'
import { MemoryBudget } from './memory-budget.ts'

describe('the memory budget of a run', () => {
  it('is full when as much is held as may be, and counts what is held beyond that', () => {
    const budget = new MemoryBudget(100)

    budget.take(99)
    expect(budget.isFull).toBe(false)
    budget.take(1)
    expect(budget.isFull).toBe(true)
    budget.take(50)
    expect([budget.isFull, budget.heldBytes]).toEqual([true, 150])
  })

  it('is never full without a limit', () => {
    const budget = new MemoryBudget()
    budget.take(Number.MAX_SAFE_INTEGER)

    expect([budget.isFull, budget.limitBytes]).toEqual([false, Infinity])
  })

  it('wakes everybody who waits, once, when there is room again and not before', () => {
    const budget = new MemoryBudget(100)
    const woken: string[] = []
    budget.take(150)
    budget.onRoom(() => woken.push(`a at ${budget.heldBytes}`))
    budget.onRoom(() => woken.push(`b at ${budget.heldBytes}`))

    budget.give(50)
    expect(woken).toEqual([])
    budget.give(30)
    expect(woken).toEqual(['a at 70', 'b at 70'])
    budget.take(80)
    budget.give(80)
    expect(woken).toHaveLength(2)
  })

  it('wakes nobody while it was not full', () => {
    const budget = new MemoryBudget(100)
    const woken: number[] = []
    budget.take(50)
    budget.onRoom(() => woken.push(1))
    budget.give(10)

    expect(woken).toEqual([])
  })

  it('forgets who no longer waits', () => {
    const budget = new MemoryBudget(100)
    const woken: string[] = []
    const gone = (): void => void woken.push('gone')
    budget.take(100)
    budget.onRoom(gone)
    budget.onRoom(() => woken.push('here'))
    budget.forget(gone)
    budget.give(100)

    expect(woken).toEqual(['here'])
  })

  it('lets who is woken wait again for the next room', () => {
    const budget = new MemoryBudget(100)
    let woken = 0
    const again = (): void => {
      woken++
      budget.take(100)
      budget.onRoom(again)
    }
    budget.take(100)
    budget.onRoom(again)

    budget.give(100)
    expect(woken).toBe(1)
    budget.give(100)
    expect(woken).toBe(2)
  })
})
