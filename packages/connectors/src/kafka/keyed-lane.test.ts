import type { Held } from 'forebay/queue'
import { seededRandom } from 'forebay/testkit'
import { describe, expect, it } from 'vitest'
import { Lane, spotOf } from './lane.ts'
import type { Fetched } from './message-format.ts'
import { SettledOffsets } from './settled-offsets.ts'
import { noteParcel, TriedNotes } from './tried-notes.ts'

const place = { topic: 'forebay.letters', partition: 0, isLater: false }

function record(offset: number, key: string | undefined, bytes = 1): Fetched {
  return {
    offset,
    timestamp: 0,
    key: key === undefined ? null : Buffer.from(key),
    value: Buffer.alloc(bytes),
    headers: [],
  }
}

function fetch(lane: Lane, log: readonly Fetched[], most: number): void {
  const upTo = Math.min(log.length, lane.next + most)
  lane.arrived({ ...place, from: lane.next, records: log.slice(lane.next, upTo), upTo, end: log.length })
}

function laneOf(keys: readonly (string | undefined)[]): Lane {
  const lane = new Lane(place, new SettledOffsets(0))
  const log = keys.map((key, offset) => record(offset, key))
  fetch(lane, log, log.length)
  return lane
}

function takeAll(lane: Lane, now = 0): Held[] {
  const taken: Held[] = []
  for (let held = lane.take(now); held !== undefined; held = lane.take(now)) taken.push(held)
  return taken
}

const offsets = (taken: readonly Held[]): number[] => taken.map((held) => spotOf(held).offset)

/** A commit that the broker has taken, or not. */
function commit(lane: Lane, isKept = true): void {
  lane.kept(lane.committing(), isKept)
}

/** A note as it comes back from the broker. */
function noteRecord(offset: number, failed: number, due: number): Fetched {
  const { headers } = noteParcel(offset, { failed, history: [], due }, { topic: 'notes', partition: 0 })
  return { offset: 0, timestamp: 0, key: null, value: Buffer.alloc(0), headers: [...(headers as Map<Buffer, Buffer>)] }
}

describe('keys in one partition of a queue', () => {
  it('has one message of a key out, lets others pass, and frees a key when its commit is kept', () => {
    const lane = laneOf(['a', 'a', 'b', undefined, undefined, 'a'])
    const [first, ...rest] = takeAll(lane)
    expect(offsets([first!, ...rest])).toEqual([0, 2, 3, 4])
    lane.settle(first!)
    expect(takeAll(lane)).toEqual([])
    commit(lane, false)
    expect(takeAll(lane)).toEqual([])
    expect(lane.isDirty).toBe(true)
    commit(lane)
    expect(offsets(takeAll(lane))).toEqual([1])
  })

  it('keeps a key busy while its message waits for another attempt, or has been given back', () => {
    const lane = laneOf(['a', 'a'])
    const [held] = takeAll(lane)
    lane.tryAgain(held!, { failed: 1, history: undefined, due: 500 })
    expect(lane.dueAt).toBe(500)
    expect(takeAll(lane, 499)).toEqual([])
    const [again] = takeAll(lane, 500)
    expect(again).toMatchObject({ redelivered: true, stored: { failed: 1 } })
    lane.giveBack(again!)
    const [third, ...others] = takeAll(lane, 501)
    expect(offsets([third!, ...others])).toEqual([0])
    expect(third?.stored.failed).toBe(1)
    lane.settle(again!) // it is not out any more
    commit(lane)
    expect(takeAll(lane, 501)).toEqual([])
  })

  it('knows after a restart how often a message has failed, and what is behind it', () => {
    const notes = new TriedNotes(0, 2)
    for (const note of [noteRecord(0, 1, 100), noteRecord(0, 2, 900)]) notes.found(note)
    const lane = new Lane(place, new SettledOffsets(0), notes)
    fetch(
      lane,
      ['a', 'a', 'b'].map((key, offset) => record(offset, key)),
      3,
    )
    expect(offsets(takeAll(lane, 899))).toEqual([2])
    const [held] = takeAll(lane, 900)
    expect(held).toMatchObject({ redelivered: true, stored: { failed: 2 } })
    lane.settle(held!)
    expect(lane.tried.of(0)).toBeDefined()
    commit(lane)
    expect(lane.tried.of(0)).toBeUndefined()
    expect(lane.tried.renewal('notes', 0, 1)).toEqual({ parcels: [], upTo: 2 })
  })

  it('stores its notes anew when far more of them are over than hold', () => {
    const notes = new TriedNotes(0, 0)
    for (let failed = 1; failed <= 1000; failed++) notes.noted(7, { failed, history: undefined, due: 0 })
    expect(notes.renewal('notes', 3)).toBeUndefined()
    notes.noted(7, { failed: 1001, history: undefined, due: 0 })
    const renewal = notes.renewal('notes', 3)
    expect(renewal).toMatchObject({ parcels: [{ topic: 'notes', partition: 3 }], upTo: 1001 })
    notes.renewed(renewal!)
    expect(notes.renewal('notes', 3)).toBeUndefined()
    expect(notes.of(7)).toMatchObject({ failed: 1001 })
  })

  it('fetches no more while too much is held back, in messages or in bytes, and goes on when less is', () => {
    for (const bytes of [1, 10_000]) {
      const log = Array.from({ length: 6000 }, (_, offset) => record(offset, offset === 5999 ? 'other' : 'slow', bytes))
      const lane = new Lane(place, new SettledOffsets(0))
      let [head] = [] as Held[]
      for (let rounds = 0; lane.wantsMore; rounds++) {
        expect(rounds).toBeLessThan(100)
        fetch(lane, log, 100)
        head = takeAll(lane)[0] ?? head
      }
      expect(lane.heldBack).toBeLessThan(2100)
      expect(lane.heldBack * bytes).toBeLessThan(5.3 * 1024 * 1024)
      expect(lane.isDry(0)).toBe(true)
      const before = lane.heldBack
      for (let rounds = 0; rounds < 200; rounds++) {
        lane.settle(head!)
        commit(lane)
        head = takeAll(lane)[0]
      }
      expect(lane.heldBack).toBe(before - 200)
      expect(lane.wantsMore).toBe(true)
    }
  })

  it('forgets on a purge all but what is out, whose keys stay busy', () => {
    const lane = laneOf(['a', 'a', 'b', 'c', 'c'])
    const [a, b, c] = takeAll(lane)
    lane.tryAgain(b!, { failed: 1, history: undefined, due: 50 })
    lane.settle(c!)
    expect(lane.purge(5)).toBe(3)
    expect(lane).toMatchObject({ heldBack: 0 })
    const later = ['a', 'b', 'c', 'c'].map((key, index) => record(5 + index, key))
    lane.arrived({ ...place, from: 5, records: later, upTo: 9, end: 9 })
    expect(offsets(takeAll(lane, 100))).toEqual([6])
    commit(lane)
    expect(offsets(takeAll(lane, 100))).toEqual([7])
    lane.settle(a!)
    commit(lane)
    expect(offsets(takeAll(lane, 100))).toEqual([5])
  })

  it('keeps on a purge what came after its end, each key in order', () => {
    const lane = laneOf(['a', 'b', 'b', 'a', 'b', undefined, 'c', 'c'])
    const [a, ...others] = takeAll(lane)
    for (const held of others) lane.giveBack(held)
    expect(lane.purge(3)).toBe(2) // 1 and 2
    expect(lane).toMatchObject({ next: 8, heldBack: 2 })
    const rest = takeAll(lane)
    expect(offsets(rest)).toEqual([4, 5, 6])
    for (const held of [a!, ...rest]) lane.settle(held)
    commit(lane)
    expect(offsets(takeAll(lane))).toEqual([3, 7])
  })

  it('keeps a key busy through a purge while the commit of its end is under way', () => {
    for (const isKept of [true, false]) {
      const lane = laneOf(['a'])
      lane.settle(takeAll(lane)[0]!)
      const ended = lane.committing()
      expect(lane.purge(1)).toBe(0)
      const later = [1, 2].map((offset) => record(offset, 'a'))
      lane.arrived({ ...place, from: 1, records: later, upTo: 3, end: 3 })
      expect(takeAll(lane)).toEqual([])
      expect(lane.isDry(0)).toBe(false)
      lane.kept(ended, isKept)
      expect(offsets(takeAll(lane))).toEqual(isKept ? [1] : [])
      commit(lane)
      expect(offsets(takeAll(lane))).toEqual(isKept ? [] : [1])
    }
  })

  it('keeps on a purge the attempts and the time of what came after its end', () => {
    const lane = laneOf(['a', 'b', 'b'])
    const [, b] = takeAll(lane)
    lane.tryAgain(b!, { failed: 1, history: undefined, due: 500 })
    expect(lane.purge(1)).toBe(0)
    expect(takeAll(lane, 499)).toEqual([])
    expect(takeAll(lane, 500)).toMatchObject([{ stored: { key: 'b', failed: 1 } }])
  })

  it('ends every message once, each key in order and one at a time, whatever happens to them', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = seededRandom(seed)
      const chance = (p: number): boolean => random.next() < p
      const most = 300
      const log = Array.from({ length: most }, (_, offset) =>
        record(offset, chance(0.3) ? undefined : `k${Math.floor(random.next() * (seed % 3 === 0 ? 3 : 40))}`),
      )
      const byKey = new Map<string, number[]>()
      for (const { offset, key } of log)
        if (key !== null) byKey.set(String(key), [...(byKey.get(String(key)) ?? []), offset])
      const notes = new Map<number, { failed: number; due: number }>()
      const ended = new Set<number>() // in order
      let lane = new Lane(place, new SettledOffsets(0))
      let now = 0
      for (let round = 0; ended.size < most; round++) {
        expect(round).toBeLessThan(5000)
        now += 10
        if (lane.wantsMore && lane.next < most) fetch(lane, log, 1 + Math.floor(random.next() * 80))
        for (let n = 0; n < 20; n++) if (lane.take(now) === undefined) break
        for (const [key, some] of byKey) {
          const left = some.filter((offset) => !ended.has(offset))
          const out = left.filter((offset) => lane.out.has(offset))
          if (out.length > 1 || out[0] !== (out.length === 0 ? undefined : left[0]))
            expect(out, `seed ${seed}, ${key}`).toEqual([left[0]])
        }
        const done: number[] = []
        for (const [offset, held] of lane.out) {
          if (held.stored.failed !== (notes.get(offset)?.failed ?? 0))
            expect.fail(`seed ${seed}: attempts of ${offset}`)
          const fate = random.next()
          if (fate < 0.5) done.push(offset)
          else if (fate < 0.6) lane.giveBack(held)
          else if (fate < 0.7 && held.stored.key !== undefined) {
            const note = { failed: held.stored.failed + 1, due: now + Math.floor(random.next() * 200) }
            notes.set(offset, note)
            lane.tried.noted(offset, { ...note, history: undefined })
            lane.tryAgain(held, { ...note, history: undefined })
          }
        }
        for (const offset of done) lane.settle(lane.out.get(offset)!)
        const isKept = chance(0.9)
        commit(lane, isKept)
        if (isKept) {
          const kept = new SettledOffsets(lane.settled.watermark, lane.settled.encode())
          for (let offset = 0; offset < most; offset++) if (kept.has(offset)) ended.add(offset)
          if (chance(0.1)) {
            const found = new TriedNotes(0, notes.size)
            for (const [offset, { failed, due }] of notes) found.found(noteRecord(offset, failed, due))
            lane = new Lane(place, kept, found)
          }
        }
      }
      expect(lane.heldBack).toBe(0)
    }
  })
})
