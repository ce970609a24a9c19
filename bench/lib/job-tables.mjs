// A queue of jobs as it is built on each engine: durable before a put resolves and before an ack does, at most one
// consumer, leases in memory. Ours does much more; what is compared is what all can do.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A job of about 1,000 bytes as JSON. Every engine encodes it in its own default way. */
export const job = (id) => ({
  id,
  at: '2026-01-01T12:00:00.000Z',
  customer: { name: 'Ada Lovelace', email: 'ada@example.org', street: 'St James Square 12', city: 'London' },
  lines: [1, 2, 3, 4].map((line) => ({ sku: `SKU-${id}-${line}`, quantity: line, price: line * 9.99 })),
  isGift: id % 7 === 0,
  note: 'Please ring twice. '.repeat(30),
})

const json = JSON.stringify

/** What is taken must be what was put, each once, in order: `next` is the number of the next one. */
export function checked(jobs, next) {
  for (const { id, lines } of jobs) {
    if (id !== next || lines[3].sku !== `SKU-${id}-4`) throw new Error(`expected job ${next}, got ${json({ id, lines })}`)
    next++
  }
  return next
}

async function forebay(folder) {
  const { openStore } = await import('@forebay/connectors')
  const store = await openStore(`disk:${folder}`)
  const queue = await store.queue('jobs')
  const sender = queue.sender()
  const receiver = queue.receiver({ prefetch: 512 })
  return {
    put: (jobs) => sender.put(jobs.map((body) => ({ body }))),
    take: async (count) => {
      const deliveries = await receiver.batch(count, 20)
      await receiver.ackAll(deliveries)
      return deliveries.map(({ body }) => body)
    },
    close: () => store.close(),
  }
}

async function lmdb(folder) {
  const { open } = await import('lmdb')
  const db = open({ path: join(folder, 'jobs.mdb') })
  let last = 0
  return {
    put: (jobs) => {
      for (const each of jobs) void db.put(++last, each)
      return db.flushed
    },
    take: async (count) => {
      const entries = [...db.getRange({ limit: count })]
      for (const { key } of entries) void db.remove(key)
      await db.flushed
      return entries.map(({ value }) => value)
    },
    close: () => db.close(),
  }
}

async function level(folder) {
  const { ClassicLevel } = await import('classic-level')
  const db = new ClassicLevel(join(folder, 'jobs'), { valueEncoding: 'json' })
  await db.open()
  let last = 0
  return {
    put: (jobs) =>
      db.batch(
        jobs.map((value) => ({ type: 'put', key: String(++last).padStart(12, '0'), value })),
        { sync: true },
      ),
    take: async (count) => {
      const entries = await db.iterator({ limit: count }).all()
      await db.batch(
        entries.map(([key]) => ({ type: 'del', key })),
        { sync: true },
      )
      return entries.map(([, value]) => value)
    },
    close: () => db.close(),
  }
}

async function sqlite(folder) {
  const db = await openSqlite(join(folder, 'jobs.db'))
  db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -65536')
  db.exec('create table jobs (id integer primary key, body text not null)')
  const insert = db.prepare('insert into jobs (body) values (?)')
  const select = db.prepare('select id, body from jobs order by id limit ?')
  const remove = db.prepare('delete from jobs where id = ?')
  const inTransaction = (work) => {
    db.exec('begin immediate')
    work()
    db.exec('commit')
  }
  return {
    put: async (jobs) => inTransaction(() => jobs.forEach((each) => insert.run(json(each)))),
    take: async (count) => {
      const rows = select.all(count)
      if (rows.length > 0) inTransaction(() => rows.forEach(({ id }) => remove.run(id)))
      return rows.map(({ body }) => JSON.parse(body))
    },
    close: async () => db.close(),
  }
}

async function openSqlite(file) {
  const builtIn = process.getBuiltinModule?.('node:sqlite')
  if (builtIn !== undefined) return new builtIn.DatabaseSync(file)
  const { default: Database } = await import('better-sqlite3')
  return new Database(file)
}

/** SQLite comes with Node 22; before, it is a package that has to be compiled, which may have failed. */
function hasSqlite() {
  if (process.getBuiltinModule?.('node:sqlite') !== undefined) return true
  try {
    return import.meta.resolve('better-sqlite3') !== ''
  } catch {
    process.stderr.write('SQLite is not compared: this Node has none, and better-sqlite3 could not be built\n')
    return false
  }
}

/** Ours first. */
export const engines = {
  forebay,
  'lmdb, one value a job': lmdb,
  'classic-level': level,
  ...(hasSqlite() && { sqlite }),
}

/** Runs `work` with a table of each engine, each in a folder of its own. */
export async function withTables(work, names = Object.keys(engines)) {
  const folder = mkdtempSync(join(tmpdir(), 'forebay-bench-'))
  const tables = {}
  try {
    for (const [at, name] of names.entries()) {
      const own = join(folder, String(at))
      mkdirSync(own)
      tables[name] = await engines[name](own)
    }
    return await work(tables)
  } finally {
    for (const table of Object.values(tables)) await table.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
