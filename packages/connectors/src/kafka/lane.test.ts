import { seededRandom } from 'forebay/testkit'
import { describe, expect, it } from 'vitest'
import { Lane, spotOf } from './lane.ts'
import { SettledOffsets } from './settled-offsets.ts'

const place = { topic: 'forebay.letters', partition: 0, isLater: false }

/** The lane of a partition of so many messages, all fetched; `due` only for later ones. */
function laneOf(messages: number, settled: SettledOffsets, due?: (offset: number) => number): Lane {
  const lane = new Lane({ ...place, isLater: due !== undefined }, settled)
  const records = Array.from({ length: messages }, (_, offset) => ({
    offset,
    timestamp: 0,
    key: null,
    value: Buffer.from('1'),
    headers: due === undefined ? [] : [[Buffer.from('forebay-due'), Buffer.from(String(due(offset)))] as const],
  })).slice(lane.next)
  lane.arrived({ topic: place.topic, partition: 0, from: lane.next, records, upTo: messages, end: messages })
  return lane
}

/** All that may go out by then. */
function takeAll(lane: Lane, now = 0): number[] {
  const offsets: number[] = []
  while (lane.dueAt <= now) offsets.push(spotOf(lane.take(now)!).offset)
  return offsets
}

function settle(lane: Lane, offsets: readonly number[]): void {
  for (const offset of offsets) lane.settle(lane.out.get(offset)!)
}

function afterCommit({ settled }: Lane): SettledOffsets {
  return new SettledOffsets(settled.watermark, settled.encode())
}

describe('one partition of a queue', () => {
  it('keeps every end in its commit, however many are asked for and whichever end first', () => {
    const lane = laneOf(5000, new SettledOffsets(0))
    const out = takeAll(lane)
    expect(out.length).toBeGreaterThan(1900)
    const ended = out.filter((offset) => offset % 2 === 1)
    settle(lane, ended)
    expect(ended.filter((offset) => !afterCommit(lane).has(offset))).toEqual([])
  })

  it('hands out what closes its holes, lowest first, when there is no room for more of them', () => {
    const before = laneOf(5000, new SettledOffsets(0))
    const out = takeAll(before)
    settle(
      before,
      out.filter((offset) => offset % 2 === 1),
    )
    const lane = laneOf(5000, afterCommit(before))
    const holes = takeAll(lane)
    expect(holes.slice(0, 3)).toEqual([0, 2, 4])
    // And the one behind them all, which only makes the last run longer.
    expect(holes).toEqual([...out.filter((offset) => offset % 2 === 0), out.length])
    settle(lane, holes.slice(0, 100))
    expect(takeAll(lane).length).toBeGreaterThan(90)
  })

  it('comes to its end and forgets nothing, whatever ends, is given back or starts anew', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seededRandom(seed)
      const isLater = seed % 2 === 0
      const due = isLater ? (offset: number): number => (offset % 2) * 1000 + offset : undefined
      const ended = new Set<number>()
      let lane = laneOf(4000, new SettledOffsets(0), due)
      for (let round = 0; ended.size < 4000; round++) {
        expect(round).toBeLessThan(200)
        const share = random.next()
        takeAll(lane, isLater && round < 5 ? 900 + round * 500 : 10_000)
        expect(lane.out.size).toBeGreaterThan(0)
        for (const [offset, held] of lane.out) {
          if (random.next() < 0.1) lane.giveBack(held)
          else if (random.next() < share || offset % 2 === 1) {
            lane.settle(held)
            ended.add(offset)
          }
        }
        const kept = afterCommit(lane)
        for (const offset of ended) if (!kept.has(offset)) expect.fail(`seed ${seed}: ${offset} is forgotten`)
        if (random.next() < 0.3) lane = laneOf(4000, kept, due)
      }
    }
  })
})
