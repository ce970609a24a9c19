import { readFileSync } from 'node:fs'
import { ForebayError } from 'forebay'

/**
 * What the tables and functions of a schema look like. A change of either is another version: the step of that number
 * changes the tables of the one before and drops, by its whole signature, each function that has another one now; the
 * others are replaced. What else is in the schema is somebody else's.
 */
const VERSION = 3
const TABLES = ['version', 'queue', 'message', 'known', 'account']
const FUNCTIONS = ['common', 'take', 'make-room', 'put', 'settle'] as const

/** One connection, as far as this needs it. */
interface Connection {
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>
}

/** `name: expected …`, as an SQL identifier that needs no escapes. */
export function checkSchemaName(name: string): string {
  if (/^[a-z_][a-z0-9_]{0,40}$/.test(name)) return name
  throw new RangeError(`schema: expected 1 to 41 of a-z, 0-9 and _, no digit first, got ${JSON.stringify(name)}`)
}

/**
 * Makes the schema unless it is there, and a newer one of an older one. Any number of processes may do so at once: they
 * take turns by an advisory lock, and each does all of it or nothing; calls of others that are under way end as they
 * began. A schema of a newer version, or with a table `version` of somebody else, is refused with `FOREBAY_UNSUPPORTED`;
 * where another table or function stands in the way, PostgreSQL refuses. Then the schema stays as it was.
 */
export async function migrate(connection: Connection, schema: string): Promise<void> {
  if ((await versionOf(connection, schema)) === VERSION) return
  await connection.query('begin')
  try {
    await connection.query('select pg_advisory_xact_lock(hashtext($1))', [`forebay schema ${schema}`])
    const version = await versionOf(connection, schema)
    if (version !== VERSION) await step(connection, schema, version)
    await connection.query('commit')
  } catch (error) {
    await connection.query('rollback')
    throw error
  }
}

async function step(connection: Connection, schema: string, from: number | undefined): Promise<void> {
  if (from === undefined) {
    await connection.query(`create schema if not exists "${schema}"`)
    await connection.query(read('tables', schema))
  } else {
    for (let to = from + 1; to <= VERSION; to++) await connection.query(read(`step-${to}`, schema))
  }
  for (const file of FUNCTIONS) {
    const text = read(file, schema)
    // Where there was nothing of ours, one of that name is somebody else's: `create` refuses to replace it.
    await connection.query(
      from === undefined ? text : text.replaceAll(/^create function/gm, 'create or replace function'),
    )
  }
  await connection.query(`delete from "${schema}".version`)
  await connection.query(`insert into "${schema}".version values ($1)`, [VERSION])
}

async function versionOf(connection: Connection, schema: string): Promise<number | undefined> {
  // A look at the tables of the catalog: `to_regclass` would answer from before the wait for the lock.
  const text =
    'select relname as name from pg_class where relname = any ($2) and relnamespace = (select oid from pg_namespace where nspname = $1)'
  const names = (await connection.query(text, [schema, TABLES])).rows.map(({ name }) => name)
  if (!names.includes('version')) return undefined
  if (names.length < TABLES.length)
    throw new ForebayError(
      'FOREBAY_UNSUPPORTED',
      `postgres: schema ${schema} has a table 'version' of somebody else: use another schema`,
    )
  const { rows } = await connection.query(`select version from "${schema}".version`)
  const version = Number(rows[0]?.['version'])
  if (!(version <= VERSION))
    throw new ForebayError(
      'FOREBAY_UNSUPPORTED',
      `postgres: schema ${schema} has version ${version}, this program knows ${VERSION}: use a newer one, or another schema`,
    )
  return version
}

/** `src` is published beside `dist`, and this file stands equally deep in both. */
function read(file: string, schema: string): string {
  const text = readFileSync(new URL(`../../src/postgres/sql/${file}.sql`, import.meta.url), 'utf8')
  return text.replaceAll("'@'", `'${schema}'`).replaceAll('@.', `"${schema}".`)
}
