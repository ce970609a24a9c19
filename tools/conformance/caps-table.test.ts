import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { capsTable, withTable } from './caps-table.ts'
import { stores } from './stores.ts'

it('stands in the page of stores as the flags say; `npm run conformance -- --table` writes it', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/concepts/stores.md'), 'utf8')
  expect(withTable(page, capsTable(stores))).toBe(page)
})

it('has a column for each store and says what a flag means', () => {
  const [memory] = stores
  const table = capsTable([
    memory!,
    { ...memory!, url: 'other:', caps: { ...memory!.caps, groups: false, ttl: false } },
  ])
  expect(table).toContain('|  | `memory:` | `other:` |')
  expect(table).toContain('| groups take turns | yes | – |')
  expect(() => withTable('no place for it', table)).toThrow('has no')
})
