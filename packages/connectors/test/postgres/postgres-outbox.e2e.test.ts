import { Client } from 'pg'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { postgresStore } from '../../src/postgres/index.ts'

const postgres = await requireServer('postgres')
afterAll(() => postgres.stop())

describe.skipIf(!postgres.available)("a put within a transaction of the caller's", () => {
  let client: Client
  beforeEach(async () => {
    client = new Client({ connectionString: postgres.url })
    await client.connect()
    await client.query('create table if not exists orders (id int primary key)')
  })
  afterEach(() => client.end())

  it('is there when that commits, and not before', async () => {
    await using store = await postgresStore(postgres.url, { schema: 'commits' })
    const queue = await store.queue<number>('q')
    await client.query('begin')
    await client.query('insert into orders values (1)')
    const [result] = await queue.sender().put([{ body: 1 }], { transaction: client })
    expect(result?.status).toBe('stored')
    const receiver = queue.receiver()
    expect(await receiver.batch(1, 0)).toEqual([])
    const waits = receiver.next()
    await client.query('commit')
    const delivery = await waits
    expect(delivery).toMatchObject({ id: result?.id, body: 1, attempt: 1 })
    await delivery?.ack()
    expect(await queue.measure()).toMatchObject({ ready: 0, leased: 0, bytes: 0 })
  })

  it('never was when that rolls back, nor is its id known', async () => {
    await using store = await postgresStore(postgres.url, { schema: 'rolls_back' })
    const queue = await store.queue<number>('q')
    await client.query('begin')
    await queue.sender().put([{ body: 1, id: 'a' }], { transaction: client })
    await client.query('rollback')
    expect(await queue.measure()).toMatchObject({ ready: 0, bytes: 0 })
    const [again] = await queue.sender().put([{ body: 2, id: 'a' }])
    expect(again?.status).toBe('stored')
    expect((await queue.receiver().next())?.body).toBe(2)
  })

  it('holds up nobody while that is open', async () => {
    await using store = await postgresStore(postgres.url, { schema: 'holds_up', statementMs: 2000 })
    const queue = await store.queue<number>('q', { maxItems: 10 })
    await client.query('begin')
    await queue.sender().put([{ body: 1, key: 'k' }], { transaction: client })
    await queue.sender().put([{ body: 2, key: 'k' }])
    const receiver = queue.receiver()
    const second = await receiver.next()
    expect(second?.body).toBe(2)
    await client.query('commit')
    expect(await receiver.batch(1, 300)).toEqual([]) // its key is out, though it was put first
    await second?.ack()
    expect((await receiver.next())?.body).toBe(1)
  })

  it('is refused when the queue is full, and when it is given something else', async () => {
    await using store = await postgresStore(postgres.url, { schema: 'refused' })
    const queue = await store.queue<number>('q', { maxItems: 1, overflow: 'fail' })
    await queue.sender().put([{ body: 1 }])
    await client.query('begin')
    const full = queue.sender().put([{ body: 2 }], { transaction: client })
    await expect(full).rejects.toMatchObject({ code: 'FOREBAY_OVERFLOW' })
    await client.query('rollback')
    await expect(queue.sender().put([{ body: 2 }], { transaction: 'begin' })).rejects.toThrow('transaction')
    expect(queue.stats().rejected).toBe(2)
  })

  it('leaves no row of its own behind, however many there were', async () => {
    await using store = await postgresStore(postgres.url, { schema: 'folds' })
    const queue = await store.queue<number>('q')
    for (let i = 0; i < 150; i++) {
      await client.query('begin')
      await queue.sender().put([{ body: i }], { transaction: client })
      await client.query('commit')
    }
    const { rows } = await client.query<{ n: string }>('select count(*) as n from folds.account')
    expect(Number(rows[0]?.n)).toBeLessThan(80)
    expect(await queue.measure()).toMatchObject({ ready: 150 })
  })
})
