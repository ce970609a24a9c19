import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import type { Delivery } from 'forebay/queue'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { requireServer } from '../../../../tools/services/require-server.ts'
import { postgresStore } from '../../src/postgres/index.ts'
import { until } from '../broker-faults/load.ts'

const postgres = await requireServer('postgres', ['-c', 'max_connections=20', '-c', 'superuser_reserved_connections=0'])
afterAll(() => postgres.stop())

describe.skipIf(!postgres.available)('a queue in PostgreSQL', () => {
  const clients: Client[] = []
  let admin: Client
  const connect = async (): Promise<Client> => {
    const client = new Client({ connectionString: postgres.url })
    client.on('error', () => undefined)
    await client.connect()
    clients.push(client)
    return client
  }
  beforeEach(async () => {
    admin = await connect()
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.end().catch(() => undefined)
  })

  it('makes its schema once, however many open it at the same time', async () => {
    for (let round = 0; round < 10; round++) {
      const opening = Array.from({ length: 4 }, () =>
        postgresStore(postgres.url, { schema: `made_${round}`, connections: 2 }),
      )
      const stores = await Promise.all(opening)
      const put = await Promise.all(
        stores.map(async (store) => (await store.queue<number>('q')).sender().put([{ body: 1 }])),
      )
      expect(put.flat().map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => 'stored'))
      await Promise.all(stores.map((store) => store.close()))
    }
  })

  it('makes a schema of an older version a newer one, with what it holds, while others use it', async () => {
    const schema = 'older'
    const before = await postgresStore(postgres.url, { schema })
    const old = await before.queue<number>('q')
    await old.sender().put([{ body: 1 }, { body: 2 }])
    // As the first version 1 was: without two columns, and with other functions.
    await admin.query(`alter table ${schema}.message drop column most; alter table ${schema}.account drop column gone`)
    await admin.query(`update ${schema}.version set version = 1; drop function ${schema}.tell`)
    await admin.query(
      `create function ${schema}.purge(int, text, int[], int) returns bigint language sql as 'select 1::bigint'`,
    )
    // And what is the user's own, in the same schema.
    await admin.query(`create function ${schema}.with_tax(n numeric) returns numeric language sql as 'select n * 1.19'`)
    await admin.query(`create function ${schema}.put(n int) returns int language sql as 'select n'`)
    await admin.query(`create aggregate ${schema}.total(numeric) (sfunc = numeric_add, stype = numeric)`)
    await admin.query(`create view ${schema}.now as select ${schema}.ms()`)
    const opening = Array.from({ length: 3 }, () => postgresStore(postgres.url, { schema, connections: 2 }))
    const stores = await Promise.all(opening)
    const { rows } = await admin.query(`select version from ${schema}.version`)
    expect(rows).toEqual([{ version: 3 }])
    const names = await admin.query<{ name: string; args: number }>(
      `select proname as name, pronargs as args from pg_proc where pronamespace = '${schema}'::regnamespace
       and proname in ('with_tax', 'total', 'put', 'purge', 'tell') order by name, args`,
    )
    expect(names.rows.map(({ name, args }) => `${name} ${args}`)).toEqual([
      'purge 3',
      'put 1',
      'put 12',
      'tell 3',
      'total 1',
      'with_tax 1',
    ])
    const queue = await stores[0]!.queue<number>('q')
    const receiver = queue.receiver()
    expect((await receiver.batch(2, 2000)).map(({ body }) => body)).toEqual([1, 2])
    await receiver.close()
    await old.sender().put([{ body: 3 }])
    expect(await queue.measure()).toMatchObject({ ready: 3 })
    for (const store of [...stores, before]) await store.close()
  })

  it('leaves a schema alone that has a table or function of somebody else with a name of ours', async () => {
    await admin.query(
      'create schema others; create table others.version (version int); insert into others.version values (1)',
    )
    await expect(postgresStore(postgres.url, { schema: 'others' })).rejects.toMatchObject({
      code: 'FOREBAY_UNSUPPORTED',
      message: expect.stringContaining("a table 'version' of somebody else"),
    })
    await admin.query('drop table others.version')
    await admin.query(`create function others.ms() returns bigint language sql as 'select 7::bigint'`)
    await expect(postgresStore(postgres.url, { schema: 'others' })).rejects.toThrow('already exists')
    expect((await admin.query('select others.ms() as ms')).rows).toEqual([{ ms: '7' }])
    const { rows } = await admin.query(`select 1 from pg_class where relnamespace = 'others'::regnamespace`)
    expect(rows).toEqual([])
  })

  it('hands out nothing that is too old, also where more is than it drops in one call', async () => {
    await using store = await postgresStore(postgres.url, { schema: 'aged' })
    const queue = await store.queue<number>('q')
    for (let from = 0; from < 3000; from += 1000)
      await queue.sender().put(Array.from({ length: 1000 }, (_, i) => ({ body: from + i, ttl: 1, key: `k${i % 7}` })))
    await queue.sender().put([{ body: -1, key: 'k0' }, { body: -2 }])
    const receiver = queue.receiver({ prefetch: 2 })
    const came: number[] = []
    while (came.length < 2) {
      const deliveries = await receiver.batch(2, 5000)
      if (deliveries.length === 0) break
      came.push(...deliveries.map(({ body }) => body))
      await receiver.ackAll(deliveries)
    }
    expect(came.toSorted((a, b) => a - b)).toEqual([-2, -1])
    expect((await queue.measure()).dropped).toEqual({ expired: 3000 })
  })

  it('refuses a schema of a newer version, and says so', async () => {
    await (await postgresStore(postgres.url, { schema: 'newer' })).close()
    await admin.query('update newer.version set version = 4')
    await expect(postgresStore(postgres.url, { schema: 'newer' })).rejects.toMatchObject({
      code: 'FOREBAY_UNSUPPORTED',
      message: expect.stringContaining('schema newer has version 4, this program knows 3'),
    })
    const { rows } = await admin.query('select version from newer.version')
    expect(rows).toEqual([{ version: 4 }])
  })

  it('does not let its tables grow, however often they are filled and emptied', async () => {
    await admin.query('alter system set autovacuum_naptime = 1')
    await admin.query('select pg_reload_conf()')
    await using store = await postgresStore(postgres.url, { schema: 'lean' })
    const queue = await store.queue<string>('q')
    const body = 'x'.repeat(500)
    const size = async (): Promise<number> => {
      const text = `select sum(pg_total_relation_size(oid)) as size from pg_class where relkind = 'r' and relnamespace = 'lean'::regnamespace`
      return Number((await admin.query<{ size: string }>(text)).rows[0]?.size)
    }
    const dead = async (): Promise<number> => {
      const text = "select n_dead_tup as n from pg_stat_user_tables where schemaname = 'lean' and relname = 'message'"
      return Number((await admin.query<{ n: string }>(text)).rows[0]?.n)
    }
    const receiver = queue.receiver({ prefetch: 1000 })
    const sizes: number[] = []
    for (let pass = 0; pass < 20; pass++) {
      await queue.sender().put(Array.from({ length: 2000 }, () => ({ body })))
      for (let taken = 0; taken < 2000;) {
        const deliveries = await receiver.batch(1000, 2000)
        await receiver.ackAll(deliveries)
        taken += deliveries.length
      }
      sizes.push(await size())
      // Each pass leaves 4000 dead rows; from 5000 on the settings of the table have them cleaned up.
      await until(async () => (await dead()) <= 5000, 'it is cleaned up')
    }
    expect(sizes.at(-1)).toBeLessThan(1.5 * Math.max(...sizes.slice(0, 4)))
  })

  it('takes past a long line of one key about as fast as past a short one', async () => {
    await using store = await postgresStore(postgres.url, { schema: 'keyed', statementMs: 60_000 })
    const fill = `insert into keyed.message (queue, id, key, level, state, bytes, due, enqueued, expires, body)
      select q.id, 'k' || i, $2, 1, 0, 100, 0, keyed.ms(), 0, '1'::bytea from keyed.queue q, generate_series(1, $3) i where q.name = $1`
    const took = async (name: string, length: number): Promise<number> => {
      const queue = await store.queue<number>(name)
      await admin.query(fill, [name, 'one', length])
      await admin.query(fill, [name, 'two', 1])
      await admin.query(fill, [name, null, 1])
      await admin.query('analyze keyed.message')
      const receiver = queue.receiver({ prefetch: 10 })
      const first = await receiver.batch(3, 20_000)
      expect(first.map(({ key }) => key)).toEqual(['one', 'two', undefined])
      const since = performance.now()
      for (let round = 0, [out] = first; round < 20; round++) {
        await out!.ack()
        out = (await receiver.batch(2, 0))[0]
        expect(out?.key).toBe('one')
      }
      await receiver.close()
      return performance.now() - since
    }
    const short = await took('short', 300)
    const long = await took('long', 60_000)
    expect(long).toBeLessThan(15 * short) // it was 60 times as long
  })

  it('keeps the order of each key, one out at a time, behind a long line of another', async () => {
    const stores = await Promise.all([1, 2].map(() => postgresStore(postgres.url, { schema: 'lines', connections: 2 })))
    const [first, second] = await Promise.all(stores.map((store) => store.queue<number>('q')))
    const keys = Array.from({ length: 30 }, (_, n) => `key${n}`)
    await first!.sender().put(Array.from({ length: 300 }, (_, body) => ({ body, key: 'long' })))
    await first!.sender().put([0, 1, 2].flatMap((body) => keys.map((key) => ({ body, key }))))
    await first!.sender().put([{ body: 0 }, { body: 1 }])
    const out = new Set<string>()
    const came = new Map<string, number[]>()
    let count = 0
    const consume = async (queue: typeof first): Promise<void> => {
      const receiver = queue!.receiver({ prefetch: 20 })
      while (count < 392) {
        const deliveries = await receiver.batch(20, 5)
        for (const { key } of deliveries) if (key !== undefined) expect(out.has(key)).toBe(false)
        for (const { key } of deliveries) if (key !== undefined) out.add(key)
        expect(new Set(deliveries.map(({ key, id }) => key ?? id)).size).toBe(deliveries.length)
        for (const { key = '', body } of deliveries) came.set(key, [...(came.get(key) ?? []), body])
        count += deliveries.length
        for (const { key } of deliveries) out.delete(key ?? '')
        await receiver.ackAll(deliveries)
      }
      await receiver.close()
    }
    await Promise.all([consume(first), consume(second)])
    for (const key of keys) expect(came.get(key)).toEqual([0, 1, 2])
    expect(came.get('long')).toEqual(Array.from({ length: 300 }, (_, body) => body))
    expect(came.get('')?.toSorted((a, b) => a - b)).toEqual([0, 1])
    for (const store of stores) await store.close()
  })

  it('makes a put again that took too long, and stores it once', async () => {
    await using store = await postgresStore(postgres.url, { schema: 'slow', statementMs: 300 })
    const queue = await store.queue<number>('q')
    await admin.query('begin')
    await admin.query('lock table slow.message in exclusive mode')
    const put = queue.sender().put([{ body: 1 }])
    await wait(1000)
    await admin.query('commit')
    expect((await put)[0]?.status).toBe('stored')
    expect(await queue.measure()).toMatchObject({ ready: 1, stored: 1 })
  })

  it('ends thousands of leases at once, also with statistics from a time when nothing was out', async () => {
    await using store = await postgresStore(postgres.url, { schema: 'stale' })
    const queue = await store.queue<number>('q', { lease: '2m' })
    await queue.sender().put(Array.from({ length: 5000 }, (_, body) => ({ body })))
    await admin.query('analyze stale.message')
    const receiver = queue.receiver({ prefetch: 5000 })
    const start = performance.now()
    const deliveries: Delivery<number>[] = []
    while (deliveries.length < 5000) deliveries.push(...(await receiver.batch(5000 - deliveries.length, 100)))
    const taken = performance.now()
    await Promise.all(deliveries.map((delivery) => delivery.ack()))
    // As long as taking them, where each is found by its number; twenty times as long where each is looked for in all.
    expect((performance.now() - taken) / (taken - start)).toBeLessThan(5)
    expect(await queue.measure()).toMatchObject({ leased: 0, acked: 5000 })
  })

  it('waits while the server only reads, and goes on when it writes again', async () => {
    await using store = await postgresStore(postgres.url, { schema: 'reads' })
    const queue = await store.queue<number>('q')
    const sender = queue.sender()
    await sender.put([{ body: 1 }])
    await admin.query('alter database postgres set default_transaction_read_only = on')
    await admin.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname is not null',
    )
    const put = sender.put([{ body: 2 }])
    await until(() => sender.credit.reason === 'broker', 'credit is gone')
    await expect(postgresStore(postgres.url, { schema: 'reads' })).rejects.toMatchObject({
      code: 'FOREBAY_UNAVAILABLE',
    })
    await admin.query('begin read write')
    await admin.query('alter database postgres set default_transaction_read_only = off')
    await admin.query('commit')
    await put
    expect(await queue.measure()).toMatchObject({ ready: 2, stored: 2 })
  })

  it('waits while the server has no connection left', async () => {
    await using store = await postgresStore(postgres.url, { schema: 'many', connections: 2 })
    const queue = await store.queue<number>('q')
    const sender = queue.sender()
    await sender.put([{ body: 1 }])
    await admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'forebay' and datname is not null",
    )
    for (let i = 0; i < 30; i++) await connect().catch(() => undefined)
    const put = sender.put([{ body: 2 }])
    await until(() => sender.credit.reason === 'broker', 'credit is gone')
    for (const client of clients.splice(1)) await client.end()
    await put
    expect(await queue.measure()).toMatchObject({ ready: 2 })
  })

  it('shares its few connections among many queues', async () => {
    await using store = await postgresStore(postgres.url, { schema: 'pool', connections: 2 })
    const queues = await Promise.all(Array.from({ length: 12 }, (_, i) => store.queue<number>(`q${i}`)))
    await Promise.all(
      queues.map(async (queue, body) => {
        for (let i = 0; i < 10; i++) await queue.sender().put([{ body }])
        const receiver = queue.receiver()
        for (let taken = 0; taken < 10;) {
          const deliveries = await receiver.batch(10, 1000)
          await receiver.ackAll(deliveries)
          taken += deliveries.length
        }
      }),
    )
    for (const queue of queues) expect(await queue.measure()).toMatchObject({ stored: 10, acked: 10, ready: 0 })
  })
  it('lets whoever had a message say how many attempts it has, not whoever looks', async () => {
    await using store = await postgresStore(postgres.url, { schema: 'attempts' })
    const queue = await store.queue<number>('q', { maxItems: 1, overflow: 'drop-newest', maxAttempts: 1 })
    await queue.sender().put([{ body: 1 }])
    const take = (most: number): Promise<unknown> =>
      admin.query(`select * from attempts.take(1, 'gone', 1, 1, 10, ${most}, 1000)`)
    await take(3)
    await wait(50)
    await queue.sender().put([{ body: 2 }])
    expect(await queue.measure()).toMatchObject({ ready: 1, dead: 0 })
    await take(2)
    await wait(50)
    await queue.sender().put([{ body: 3 }])
    expect(await queue.measure()).toMatchObject({ ready: 0, dead: 1 })
  })
  it('shows no password', async () => {
    await using store = await postgresStore(`${postgres.url}?password=s3cret`, { schema: 'shown' })
    expect(store.url).toMatch(/^postgres:\/\/127.0.0.1:\d+\/postgres$/)
    const unreadable = postgresStore('postgres://me:s3cret@[host')
    await expect(unreadable).rejects.toThrow("got 'postgres://[host'")
  })
})
