import { describe, expect, test } from 'vitest'
import { MemoryBudget } from './memory-budget.ts'
import { Weight } from './weight.ts'

describe('the bytes of an edge', () => {
  test('are counted only where something bounds them', () => {
    expect(new Weight(Infinity, new MemoryBudget()).counts).toBe(false)
    expect(new Weight(100, new MemoryBudget()).counts).toBe(true)
    expect(new Weight(Infinity, new MemoryBudget(100)).counts).toBe(true)
  })

  test('are taken from the budget of the run, and given back', () => {
    const budget = new MemoryBudget(100)
    const [one, other] = [new Weight(Infinity, budget), new Weight(50, budget)]
    one.add(30)
    other.add(25)
    expect([one.bytes, other.bytes, budget.heldBytes]).toEqual([30, 25, 55])

    one.add(-10)
    expect([one.bytes, other.bytes, budget.heldBytes]).toEqual([20, 25, 45])
  })

  test('are too many at the bound of the edge, and when the budget is used up by others', () => {
    const budget = new MemoryBudget(100)
    const weight = new Weight(50, budget)
    weight.add(49)
    expect(weight.isHeavy(1)).toBe(false)
    weight.add(1)
    expect(weight.isHeavy(1)).toBe(true)

    weight.add(-30)
    expect(weight.isHeavy(1)).toBe(false)
    budget.take(80)
    expect(weight.isHeavy(1)).toBe(true)
  })

  test('are never too many for an edge that holds nothing, nor where nobody counts', () => {
    const budget = new MemoryBudget(10)
    const weight = new Weight(5, budget)
    budget.take(10)
    expect(weight.isHeavy(0)).toBe(false)
    expect(weight.isHeavy(1)).toBe(true)
    expect(new Weight(Infinity, new MemoryBudget()).isHeavy(1)).toBe(false)
  })

  test('wake who waits for the budget as soon as they are given back', () => {
    const budget = new MemoryBudget(100)
    const weight = new Weight(Infinity, budget)
    let woken = 0
    weight.add(100)
    budget.onRoom(() => woken++)
    weight.add(-40)

    expect(woken).toBe(1)
  })
})
