import { describe, expect, it } from 'vitest'
import { MinHeap } from './min-heap.ts'
import { seededRandom } from './random.ts'

function heapOf(...ranks: number[]): MinHeap<number> {
  const heap = new MinHeap<number>((rank) => rank)
  for (const rank of ranks) heap.push(rank)
  return heap
}

function emptied<T>(heap: MinHeap<T>): T[] {
  const all: T[] = []
  while (heap.length > 0) all.push(heap.pop() as T)
  return all
}

describe('MinHeap', () => {
  it('has nothing at first, and after everything was taken', () => {
    const heap = heapOf()
    expect([heap.length, heap.peek(), heap.pop(), heap.length]).toEqual([0, undefined, undefined, 0])
    heap.push(1)
    expect([heap.length, heap.peek(), heap.pop(), heap.length, heap.peek()]).toEqual([1, 1, 1, 0, undefined])
  })

  it('gives the smallest first, as sorting does, whatever comes and goes meanwhile', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = seededRandom(seed)
      const heap = new MinHeap<{ rank: number }>(({ rank }) => rank)
      let model: number[] = []
      for (let step = 0; step < 200; step++) {
        if (random.next() < 0.6) {
          const rank = Math.floor(random.next() * 40) - 20
          heap.push({ rank })
          model.push(rank)
        } else {
          const least = model.length === 0 ? undefined : Math.min(...model)
          expect(heap.peek()?.rank).toBe(least)
          expect(heap.pop()?.rank).toBe(least)
          if (least !== undefined) model.splice(model.indexOf(least), 1)
        }
        expect(heap.length).toBe(model.length)
      }
      expect(
        heap
          .values()
          .map(({ rank }) => rank)
          .toSorted((a, b) => a - b),
      ).toEqual(model.toSorted((a, b) => a - b))
      heap.retain(({ rank }) => rank % 3 !== 0)
      model = model.filter((rank) => rank % 3 !== 0)
      expect(emptied(heap).map(({ rank }) => rank)).toEqual(model.toSorted((a, b) => a - b))
    }
  })

  it('moves nothing that is where it belongs', () => {
    const first = { rank: 1, name: 'first' }
    const heap = new MinHeap<{ rank: number; name: string }>(({ rank }) => rank)
    heap.push(first)
    heap.push({ rank: 1, name: 'second' })
    expect(heap.peek()).toBe(first)
    heap.push({ rank: 1, name: 'third' })
    heap.pop()
    expect(heap.peek()?.name).toBe('third') // the last took the place of the first, and is not above the second
  })
})
