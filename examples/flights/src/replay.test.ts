import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DoorRecord, NdjsonDoorOptions } from 'forebay/node'
import { ndjsonDoor, type NdjsonDoor } from 'forebay/node'
import { afterEach, describe, expect, it } from 'vitest'
import { AckLog } from './ack-log.ts'
import type { Flight } from './flight.ts'
import { parseFlight } from './flight.ts'
import { isPoisoned } from './poison.ts'
import type { ReplayOptions } from './replay.ts'
import { Replay } from './replay.ts'

async function* flights(count: number, batch = 50): AsyncGenerator<Flight[]> {
  for (let from = 0; from < count; from += batch) {
    yield Array.from({ length: Math.min(batch, count - from) }, (_, i) => {
      const id = from + i
      return { id, date: '2001-01-01T00:01', delay: 1, distance: 100, origin: 'LAS', destination: 'PHL' }
    })
  }
}

let door: NdjsonDoor<Flight> | undefined
afterEach(() => door?.close({ within: 0 }))

async function opened(options: Partial<NdjsonDoorOptions<Flight>> = {}): Promise<NdjsonDoor<Flight>> {
  door = ndjsonDoor<Flight>({ parse: parseFlight, ...options })
  await door.listen()
  return door
}

function consume(door: NdjsonDoor<Flight>, use: (record: DoorRecord<Flight>) => void): void {
  const turn = (): void => {
    for (let record = door.take(); record !== undefined; record = door.take()) use(record)
  }
  door.onRecord(turn)
  turn()
}

function replayInto(
  door: NdjsonDoor<Flight>,
  options: Partial<ReplayOptions> = {},
): { replay: Replay; acked: Set<number> } {
  const acked = new Set<number>()
  const replay = new Replay({
    url: `${door.url}/events`,
    flights: flights(1000),
    rate: 1e6,
    overflow: 'backpressure',
    seed: 1,
    acknowledged: (first, last) => {
      for (let id = first; id <= last; id++) acked.add(id)
    },
    signal: new AbortController().signal,
    ...options,
  })
  return { replay, acked }
}

describe('Replay', () => {
  it('brings every flight to the door and knows which were acknowledged', async () => {
    const door = await opened()
    const seen: number[] = []
    consume(door, ({ value, lease }) => {
      seen.push(value.id)
      lease.settle('stored')
    })
    const { replay, acked } = replayInto(door)
    expect(await replay.run()).toMatchObject({ offered: 1000, acknowledged: 1000, refusals: 0, errors: 0 })
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, id) => id))
    expect(acked.size).toBe(1000)
  })

  it('plays at its rate when nobody holds it back', async () => {
    const door = await opened()
    consume(door, ({ lease }) => lease.settle('stored'))
    const { replay } = replayInto(door, { rate: 2000, flights: flights(1000) })
    const start = performance.now()
    await replay.run()
    expect(performance.now() - start).toBeGreaterThan(450)
  })

  it('waits as long as it is told after 429 and goes on from the accepted count', async () => {
    const door = await opened({ wait: 50, random: { next: () => 0 } })
    const seen: number[] = []
    let isOpen = true
    const held: DoorRecord<Flight>[] = []
    consume(door, (record) => {
      if (!isOpen) held.push(record)
      else {
        seen.push(record.value.id)
        record.lease.settle('stored')
        if (seen.length === 130) isOpen = false
      }
    })
    const { replay, acked } = replayInto(door, { flights: flights(300), connections: 1 })
    const end = replay.run()
    await sleep(400)
    isOpen = true
    for (const { value, lease } of held.splice(0)) {
      seen.push(value.id)
      lease.settle('stored')
    }
    const counts = await end
    expect(counts.refusals).toBeGreaterThanOrEqual(1)
    expect(counts.acknowledged).toBe(300)
    expect(acked.size).toBe(300)
    // What was acknowledged before the refusal was not sent again.
    expect(seen.filter((id) => id < 130).length).toBe(130)
  })

  it('claims nothing that the door has not answered for', async () => {
    const door = await opened()
    const stored = new Set<number>()
    consume(door, ({ value, lease }) => {
      const isLost = value.id % 97 === 0 && !stored.has(value.id - 1)
      if (!isLost) stored.add(value.id)
      lease.settle(isLost ? 'failed' : 'stored')
    })
    const abort = new AbortController()
    const { replay, acked } = replayInto(door, { signal: abort.signal, flights: flights(500) })
    const end = replay.run()
    await sleep(300)
    abort.abort()
    await end
    for (const id of acked) expect(stored.has(id)).toBe(true)
  })

  it('keeps trying while the door is away and loses nothing', async () => {
    const first = await opened()
    consume(first, ({ lease }) => lease.settle('stored'))
    const port = Number(new URL(first.url).port)
    const { replay, acked } = replayInto(first, { flights: flights(2000), rate: 5000 })
    const end = replay.run()
    await sleep(100)
    await first.close({ within: 0 })
    await sleep(150)
    const again = await opened({ port })
    consume(again, ({ lease }) => lease.settle('stored'))
    const counts = await end
    expect(counts.errors + counts.refusals).toBeGreaterThan(0)
    expect(acked.size).toBe(2000)
  })

  it('holds the file back with one policy, and skips and counts with the other', async () => {
    const slow = await opened()
    const held: DoorRecord<Flight>[] = []
    consume(slow, (record) => held.push(record))
    const timer = setInterval(() => {
      for (const { lease } of held.splice(0)) lease.settle('stored')
    }, 60)
    const dropping = await replayInto(slow, {
      overflow: 'drop-newest',
      rate: 20_000,
      flights: flights(5000),
    }).replay.run()
    const waiting = await replayInto(slow, { rate: 20_000, flights: flights(1000) }).replay.run()
    clearInterval(timer)
    expect(dropping.dropped).toBeGreaterThan(0)
    expect(dropping.dropped + dropping.acknowledged).toBe(5000)
    expect(waiting).toMatchObject({ dropped: 0, acknowledged: 1000 })
    expect(waiting.behindMs).toBeGreaterThan(0)
  })

  it('poisons the flights that its seed names', async () => {
    const door = await opened()
    const spoiled: number[] = []
    consume(door, ({ value, lease }) => {
      if (value.origin === '???' || value.distance < 0) spoiled.push(value.id)
      lease.settle('stored')
    })
    const { replay } = replayInto(door, { flights: flights(60_000, 500), seed: 2001 })
    const { poisoned } = await replay.run()
    const expected = Array.from({ length: 60_000 }, (_, id) => id).filter((id) => isPoisoned(id, 2001))
    expect(expected.length).toBeGreaterThan(0)
    expect(spoiled.toSorted((a, b) => a - b)).toEqual(expected)
    expect(poisoned).toBe(expected.length)
  })
})

describe('AckLog', () => {
  it('notes ranges as it goes, after those of an earlier run', () => {
    const folder = mkdtempSync(join(tmpdir(), 'forebay-acks-'))
    const path = join(folder, 'deep', 'acks.log')
    const first = new AckLog(path)
    first.add(0, 49)
    expect(readFileSync(path, 'utf8')).toBe('0-49\n')
    first.close()
    const second = new AckLog(path)
    second.add(50, 50)
    second.close()
    expect(readFileSync(path, 'utf8')).toBe('0-49\n50-50\n')
    rmSync(folder, { recursive: true })
  })
})
