import pg from 'pg'
import { idOf } from './job.mjs'

const CONSUMERS = 2

/**
 * A row a job in prepared statements, bodies in binary on their way in (out, the driver reads text). Two consumers delete
 * under `skip locked` and commit when the work is done: one works while the other flushes.
 */
export async function open({ url }) {
  const clients = Array.from({ length: CONSUMERS }, () => new pg.Client(url))
  for (const client of clients) await client.connect()
  const [client] = clients
  await client.query('create table jobs (id bigserial primary key, body bytea not null)')
  const values = (count) => Array.from({ length: count }, (_, at) => `($${at + 1})`).join()
  const take = `delete from jobs where id = any(array(
    select id from jobs order by id limit $1 for update skip locked)) returning body`
  return {
    put: (bodies) =>
      client.query({
        name: `put${bodies.length}`,
        text: `insert into jobs (body) values ${values(bodies.length)}`,
        values: bodies,
      }),
    drain: async (count, batch, saw) => {
      let left = count
      const consume = async (own) => {
        while (left > 0) {
          void own.query('begin')
          const { rows } = await own.query({ name: 'take', text: take, values: [batch] })
          for (const { body } of rows) saw(idOf(body))
          left -= rows.length
          await own.query('commit')
        }
      }
      await Promise.all(clients.map(consume))
    },
    close: () => Promise.all(clients.map((each) => each.end())),
  }
}
