import { describe, expect, it } from 'vitest'
import { CreditCell } from './credit-cell.ts'
import { UNBOUNDED } from './receiver.ts'

/** What a segment may do with its credit, open to the test. */
class Cell extends CreditCell {
  override grant(items: number): void {
    super.grant(items)
  }
  override park(): void {
    super.park()
  }
  override unpark(): void {
    super.unpark()
  }
  override passed(): void {
    super.passed()
  }
  override topUp(): void {
    super.topUp()
  }
  override get isParked(): boolean {
    return super.isParked
  }
}

/** A cell with so much credit. */
function holding(items: number): Cell {
  const cell = new Cell()
  cell.grant(items)
  return cell
}

describe('the credit of a segment', () => {
  it('adds up, is spent by the last step, and what is left comes back once', () => {
    const cell = holding(3)
    cell.grant(4)
    cell.n -= 5

    expect(cell.spent()).toBe(5)
    expect(cell.revoke()).toBe(2)
    expect(cell).toMatchObject({ n: 0 })
    expect(cell.revoke()).toBe(0)
    expect(cell.spent()).toBe(5)
  })

  it('counts one that was granted and spent at once', () => {
    const cell = holding(2)
    cell.passed()
    cell.n--

    expect(cell).toMatchObject({ n: 1 })
    expect(cell.spent()).toBe(2)
  })

  it('is never more than what stands for without end, whatever is added', () => {
    const cell = holding(UNBOUNDED - 1)
    cell.grant(1)
    expect(cell.n).toBe(UNBOUNDED)
    cell.grant(7)
    cell.grant(UNBOUNDED)

    expect(cell.n).toBe(UNBOUNDED)
    expect(cell.spent()).toBe(0)
    cell.n -= 10
    expect(cell.spent()).toBe(10)
  })
})

describe('credit without end', () => {
  it('is filled up when half of it is spent, and not before', () => {
    const cell = holding(UNBOUNDED)
    cell.n = UNBOUNDED >> 1
    cell.topUp()
    expect(cell.n).toBe(UNBOUNDED >> 1)
    cell.n--
    cell.topUp()

    expect(cell.n).toBe(UNBOUNDED)
    expect(cell.spent()).toBe(UNBOUNDED - (UNBOUNDED >> 1) + 1)
  })

  it('is not filled up once it was taken back, nor when a finite credit has run low', () => {
    const taken = holding(UNBOUNDED)
    taken.revoke()
    taken.grant(3)
    taken.topUp()
    expect(taken.n).toBe(3)

    const finite = holding(UNBOUNDED - 1)
    finite.n = 1
    finite.topUp()
    expect(finite.n).toBe(1)
  })
})

describe('credit that is set aside', () => {
  it('stops a source that looks at it, and comes back with what was granted meanwhile', () => {
    const cell = holding(5)
    cell.n--
    expect(cell.isParked).toBe(false)
    cell.park()
    expect(cell).toMatchObject({ n: 0, isParked: true })
    cell.park()
    cell.grant(2)
    expect(cell.n).toBe(0)
    expect(cell.spent()).toBe(1)
    cell.unpark()

    expect(cell).toMatchObject({ n: 6, isParked: false })
    expect(cell.spent()).toBe(1)
    cell.unpark()
    expect(cell.n).toBe(6)
  })

  it('may be none, and is set aside all the same', () => {
    const cell = new Cell()
    cell.park()
    cell.unpark()
    expect(cell.isParked).toBe(false)
    cell.park()
    expect(cell.isParked).toBe(true)
    cell.grant(2)

    expect(cell.n).toBe(0)
    cell.unpark()
    expect(cell.n).toBe(2)
  })

  it('is taken back as well, and then what is granted is all there is', () => {
    const cell = holding(5)
    cell.n -= 2
    cell.park()

    expect(cell.revoke()).toBe(3)
    expect(cell.isParked).toBe(true)
    expect(cell.spent()).toBe(2)
    cell.grant(4)
    cell.unpark()
    expect(cell.n).toBe(4)
    expect(cell.spent()).toBe(2)
  })
})
