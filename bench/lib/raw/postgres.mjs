// A table of jobs in PostgreSQL by hand, `for update skip locked`: taken with a lease (which a crash may forget, so that
// nobody waits for the disk), removed when they are done.
import pg from 'pg'

const CONNECTIONS = 4

export async function open(url, name) {
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS })
  const leasing = new pg.Pool({ connectionString: url, max: CONNECTIONS, options: '-c synchronous_commit=off' })
  await pool.query(`create table ${name} (id bigint generated always as identity primary key, due bigint not null default 0, body bytea not null)
    with (autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)`)
  const values = (count) => Array.from({ length: count }, (_, at) => `($${at + 1})`).join(',')

  async function put(bodies) {
    const { length } = bodies
    await pool.query({ name: `put${length}`, text: `insert into ${name} (body) values ${values(length)}`, values: bodies })
  }

  const take = `update ${name} set due = $2 where id in (
    select id from ${name} where due < $1 order by id for update skip locked limit $3) returning id, body`

  async function consume(total, { batch, window, each }, onBody) {
    let asked = 0
    const done = async (ids) => {
      const remove = (some) =>
        pool.query({ name: 'done', text: `delete from ${name} where id = any($1::bigint[])`, values: [some] })
      await (each ? Promise.all(ids.map((id) => remove([id]))) : remove(ids))
    }
    const loop = async () => {
      while (asked < total) {
        const count = Math.min(batch, total - asked)
        asked += count
        const now = Date.now()
        const values = [now, now + 30_000, count]
        const { rows } = await leasing.query({ name: 'take', text: take, values })
        asked -= count - rows.length
        for (const { body } of rows) onBody(body)
        if (rows.length > 0) await done(rows.map(({ id }) => id))
      }
    }
    await Promise.all(Array.from({ length: window / batch }, loop))
  }

  return { put, consume, close: () => Promise.all([pool.end(), leasing.end()]) }
}

/** The same without leases: a batch is a transaction that holds the locks of its rows, and removes them together. */
export async function openLocking(url, name) {
  const { put, close } = await open(url, name)
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS })
  const take = `delete from ${name} where id in (
    select id from ${name} order by id for update skip locked limit $1) returning id, body`

  async function consume(total, { batch, window }, onBody) {
    let asked = 0
    const loop = async () => {
      const client = await pool.connect()
      while (asked < total) {
        const count = Math.min(batch, total - asked)
        asked += count
        await client.query('begin')
        const { rows } = await client.query({ name: 'take', text: take, values: [count] })
        asked -= count - rows.length
        for (const { body } of rows) onBody(body)
        await client.query('commit')
      }
      client.release()
    }
    await Promise.all(Array.from({ length: window / batch }, loop))
  }

  return { put, consume, close: () => Promise.all([close(), pool.end()]) }
}
