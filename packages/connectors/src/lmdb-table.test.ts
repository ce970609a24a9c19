import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LmdbTable, LmdbTableOptions } from './lmdb-table.ts'
import { lmdbTable } from './lmdb-table.ts'

type Row = { id: number; at?: string }

let folder = ''
const open: LmdbTable<Row>[] = []

function opened(path: string, options: LmdbTableOptions<Row> = {}): LmdbTable<Row> {
  const table = lmdbTable<Row>(path, options)
  open.push(table)
  return table
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forebay-table-'))
})
afterEach(async () => {
  for (const table of open.splice(0)) await table.close()
  await rm(folder, { recursive: true, force: true })
})

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

const rows = (from: number, to: number): Row[] => Array.from({ length: to - from }, (_, i) => ({ id: from + i }))

describe('lmdbTable', () => {
  it('keeps rows across a restart', async () => {
    const before = lmdbTable<Row>(folder)
    await before.put([{ id: 7, at: 'Zürich' }])
    await before.close()
    const after = opened(folder)
    expect(await after.get(7)).toEqual({ id: 7, at: 'Zürich' })
    expect(await after.has(7)).toBe(true)
    expect(await after.has(8)).toBe(false)
    expect(await after.get(8)).toBeUndefined()
  })

  it('holds a row once however often it is put, the last one', async () => {
    const table = opened(folder)
    await table.put([{ id: 1, at: 'a' }, ...rows(2, 10)])
    await table.put(rows(5, 12))
    await table.put([{ id: 1, at: 'b' }])
    expect(await table.count()).toBe(11)
    expect(await table.get(1)).toEqual({ id: 1, at: 'b' })
  })

  it('takes many batches at once', async () => {
    const table = opened(folder)
    await Promise.all(Array.from({ length: 20 }, (_, i) => table.put(rows(i * 100, i * 100 + 100))))
    expect(await table.count()).toBe(2000)
  })

  it('lists ids in order over several pages, within bounds', async () => {
    const table = opened(folder)
    await table.put(rows(0, 3500))
    expect(await collect(table.ids())).toEqual(rows(0, 3500).map((row) => row.id))
    expect(await collect(table.ids({ from: 990, to: 2010 }))).toEqual(rows(990, 2010).map((row) => row.id))
    expect(await collect(table.ids({ from: 3499 }))).toEqual([3499])
    expect(await collect(table.ids({ from: 4000 }))).toEqual([])
  })

  it('takes all of a batch or nothing of it', async () => {
    const table = opened(folder)
    await expect(table.put([{ id: 1 }, {} as Row, { id: 3 }])).rejects.toThrow(/id: expected a row with an id/)
    expect(await table.count()).toBe(0)
    await table.put([{ id: 2 }])
    expect(await table.count()).toBe(1)
  })

  it('refuses more than its bytes with a condition, and keeps what it has', async () => {
    const table = opened(folder, { maxBytes: 1024 ** 2 })
    const wide = (from: number): Row[] => rows(from, from + 100).map((row) => ({ ...row, at: 'x'.repeat(1000) }))
    const fill = async (): Promise<void> => {
      for (let from = 0; from < 5000; from += 100) await table.put(wide(from))
    }
    await expect(fill()).rejects.toMatchObject({ code: 'FOREBAY_OVERFLOW', retryable: true })
    expect(await table.count()).toBeGreaterThanOrEqual(500)
    expect(await table.get(0)).toBeDefined()
  })

  it('is read by another table while it is written', async () => {
    const writer = opened(folder)
    await writer.put(rows(0, 10))
    const reader = opened(folder, { readOnly: true })
    expect(await reader.count()).toBe(10)
    await writer.put(rows(10, 20))
    expect(await reader.count()).toBe(20)
  })

  it('says so when it is used after its end', async () => {
    const table = lmdbTable<Row>(folder)
    await table.put(rows(0, 1))
    await table.close()
    await table.close()
    await expect(table.put(rows(1, 2))).rejects.toMatchObject({ code: 'FOREBAY_CLOSED' })
  })

  it('checks its options', () => {
    expect(() => lmdbTable('')).toThrow(/path: expected/)
    expect(() => lmdbTable('x', { maxBytes: 10 })).toThrow(/maxBytes: expected at least 1 MiB, got 10/)
  })
})
