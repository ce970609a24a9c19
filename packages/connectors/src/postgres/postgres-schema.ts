import { readFileSync } from 'node:fs'
import { ForebayError } from 'forebay'

/**
 * What the tables and functions of a schema look like. A change of either is another version: the step of that number
 * changes the tables of the one before, and functions are always made anew.
 */
const VERSION = 2
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
 * began. A schema of a newer version is refused with `FOREBAY_UNSUPPORTED`.
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
    await connection.query(DROP_FUNCTIONS.replace('$1', `'${schema}'`))
  }
  for (const file of FUNCTIONS) await connection.query(read(file, schema))
  await connection.query(`delete from "${schema}".version`)
  await connection.query(`insert into "${schema}".version values ($1)`, [VERSION])
}

const DROP_FUNCTIONS = `do $$ declare f regprocedure; begin
  for f in select oid from pg_proc where pronamespace = (select oid from pg_namespace where nspname = $1) loop
    execute 'drop function ' || f;
  end loop;
end $$`

async function versionOf(connection: Connection, schema: string): Promise<number | undefined> {
  // A look at the tables of the catalog: `to_regclass` would answer from before the wait for the lock.
  const text =
    "select 1 from pg_class where relname = 'version' and relnamespace = (select oid from pg_namespace where nspname = $1)"
  const found = await connection.query(text, [schema])
  if (found.rows.length === 0) return undefined
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
