import { describe, expect, test } from 'vitest'
import { BurstPull } from './burst-pull.ts'
import type { Port, PullCode } from './receiver.ts'

/** Counts up to `last`, and notes what it hands over and when it is told to look whether this is the end. */
class Counting extends BurstPull {
  readonly code: PullCode | undefined = undefined
  readonly bursts: number[] = []
  readonly dried: number[] = []
  readonly #last: number

  constructor(last: number) {
    super()
    this.#last = last
  }

  protected burst(port: Port, left: number): void {
    const start = this.at
    while (port.n > 0 && left-- > 0 && this.at < this.#last) {
      this.at++
      port.n--
    }
    this.bursts.push(this.at - start)
  }

  protected dry(): void {
    this.dried.push(this.at)
  }
}

/** A port with a budget of four items between looks, and credit; `looks` are the items reported. */
function ported(credit: number, turns = Infinity) {
  const looks: number[] = []
  const port = {
    n: credit,
    isTiming: false,
    left: () => 4,
    tick: (items: number) => looks.push(items) < turns,
  }
  return { looks, port: port as unknown as Port & { isTiming: boolean } }
}

describe('a source whose next item is at hand', () => {
  test('looks whether it is at its end before anything runs', () => {
    const pull = new Counting(0)
    pull.bind(ported(0).port)

    expect(pull.dried).toEqual([0])
  })

  test('hands over in bursts up to each look at the budget, until its items are used up', () => {
    const pull = new Counting(10)
    const { port, looks } = ported(100)
    pull.run(port)

    expect(pull.bursts).toEqual([4, 4, 2])
    expect(looks).toEqual([4, 4, 2])
    expect([pull.dried, pull.pulled()]).toEqual([[10], 10])
  })

  test('stops when its turn is over, and goes on where it was', () => {
    const pull = new Counting(10)
    const { port } = ported(100, 1)
    pull.run(port)
    expect([pull.pulled(), pull.dried]).toEqual([4, []])

    pull.run(port)
    expect(pull.pulled()).toBe(8)
    pull.cancel('over')
  })

  test('stops without credit, and reports nothing when it hands over nothing', () => {
    const pull = new Counting(10)
    const { port, looks } = ported(4)
    pull.run(port)

    expect(pull.bursts).toEqual([4, 0])
    expect([looks, pull.dried]).toEqual([[4], [4]])
  })

  test('hands over by generated code where there is some, but not the item that is to be timed', () => {
    const pull = new Counting(10)
    const generated: number[] = []
    pull.generated = (left) => {
      generated.push(left)
      pull.at += 3
    }
    const { port, looks } = ported(100)
    pull.run(port)
    expect([generated, looks, pull.bursts, pull.dried]).toEqual([[4], [3], [], [3]])

    port.isTiming = true
    pull.run(port)
    expect(generated).toHaveLength(1)
    expect(pull.bursts).toEqual([4, 3])
  })
})
