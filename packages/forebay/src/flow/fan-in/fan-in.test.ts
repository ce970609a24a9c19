import { describe, expect, test } from 'vitest'
import { world } from '../../testkit/world.ts'
import { Flow } from '../flow.ts'
import { partitionNode } from '../junctions/partition.ts'
import { flow } from '../sources.ts'
import { interleave } from './interleave.ts'
import { zipLatest } from './latest.ts'
import { mergePreferred, mergePrioritized } from './merge-by-rank.ts'
import { mergeSequence, mergeSorted } from './merge-in-order.ts'
import { zipAll, zipWith } from './zip-with.ts'

const repeated = (letter: string): Flow<string> => flow.range(1, 10_000).map(() => letter)
const shares = async (merged: Flow<string>): Promise<number> => {
  const items = await merged.take(4000).toArray(4000)
  return items.filter((item) => item === 'a').length
}

describe('inputs that always have items', () => {
  test('share by weight, and are spread evenly', async () => {
    const merged = mergePrioritized([
      { flow: repeated('a'), weight: 3 },
      { flow: repeated('b'), weight: 1 },
    ])

    expect(await shares(merged)).toBe(3000)
    expect((await merged.take(8).toArray(8)).join('')).toBe('aabaaaba')
  })

  test('let the preferred one through first', async () => {
    expect(await shares(mergePreferred([repeated('a'), repeated('b')]))).toBe(4000)
  })

  test('leave its share to the others when one has nothing', async () => {
    const merged = mergePrioritized([
      { flow: flow<string>([]), weight: 60_000 },
      { flow: repeated('b'), weight: 1 },
    ])

    expect(await merged.count()).toBe(10_000)
  })

  test('take turns among those that are not preferred', async () => {
    const merged = mergePreferred([flow<string>([]), repeated('a'), repeated('b')])

    expect(await shares(merged)).toBe(2000)
  })
})

describe('order', () => {
  test('sorted flows stay sorted, and equal items keep the order of the flows', async () => {
    const lists = [[1, 4, 4, 9], [2, 4, 8], [], [4]]
    const flows = lists.map((list, of) => flow(list.map((n) => ({ n, of }))))
    const merged = await mergeSorted(flows, (a, b) => a.n - b.n).toArray(20)

    expect(merged.map(({ n, of }) => `${n}${of}`)).toEqual(['10', '21', '40', '40', '41', '43', '81', '90'])
  })

  test('a sequence with a hole fails and says which number is missing', async () => {
    const merged = mergeSequence([flow([0, 1, 4]), flow([2, 5])], (n) => n)
    const seen: number[] = []

    await expect(merged.forEach((n) => seen.push(n))).rejects.toThrow('mergeSequence: 3 is missing, 4, 5 wait')
    expect(seen).toEqual([0, 1, 2])
  })

  test('a parted sequence comes together again', async () => {
    const of = partitionNode(flow.range(0, 999).node, 3, (n: number) => (n * 7) % 3)
    const parts = [0, 1, 2].map((index) => new Flow<number>({ type: 'outlet', name: of.name, of, index }))

    expect(await mergeSequence(parts, (n) => n).toArray(1000)).toEqual(Array.from({ length: 1000 }, (_, n) => n))
  })

  test('an interleaved input that is over is left out', async () => {
    expect(await interleave([flow([1, 2, 3, 4, 5]), flow([6]), flow([7, 8, 9])], 2).toArray(9)).toEqual([
      1, 2, 6, 7, 8, 3, 4, 9, 5,
    ])
  })
})

describe('a fast input', () => {
  test.each([
    ['zipWith', (flows: Flow<number>[]) => zipWith(flows, (...items) => items)],
    ['zipAll', (flows: Flow<number>[]) => zipAll(flows, 0)],
    ['mergeSorted', (flows: Flow<number>[]) => mergeSorted(flows, (a, b) => a - b)],
    ['zipLatest', (flows: Flow<number>[]) => zipLatest(flows)],
  ])('does not run ahead of a slow consumer: %s', async (_, join) => {
    await world(1, async (w) => {
      const [fast, slow] = [w.source<number>(), w.source<number>()]
      const sink = w.sink()
      w.run(join([fast.flow, slow.flow]) as Flow<any>, sink)
      fast.send(...Array.from({ length: 50 }, (__, n) => n))
      slow.send(...Array.from({ length: 50 }, (__, n) => n))
      await w.advance(10)

      expect(fast.sent).toBeLessThanOrEqual(2)
      sink.request(3)
      await w.advance(10)
      expect(fast.sent).toBeLessThanOrEqual(5)
      sink.cancel()
      await w.advance(1)
    })
  })
})

test.each([
  [() => mergePrioritized([{ flow: flow([1]), weight: 0 }]), 'weight: expected a whole number from 1'],
  [() => mergePrioritized([]), 'at least one flow'],
  [() => mergePreferred([flow([1])], { eagerComplete: 1 as never }), 'eagerComplete: expected true or false'],
  [() => interleave([flow([1])], 0), 'segment'],
  [() => mergeSorted([flow([1])], undefined as never), 'compare: expected a function'],
  [() => zipWith([5 as never], () => 1), 'expected flows, got 5'],
])('options are checked: %#', (make, message) => {
  expect(make).toThrow(message)
})
