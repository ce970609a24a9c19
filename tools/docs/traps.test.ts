import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const library = join(root, 'packages/forebay')
const page = readFileSync(join(root, 'docs/concepts/traps.md'), 'utf8')
const rows = [...page.matchAll(/^\| (?!trap|-)(.*) \|$/gm)].map(([, row = '']) => row.split(' | '))
const subjects = join(library, 'test/laws/subjects')
const cards = readdirSync(subjects)
  .map((file) => readFileSync(join(subjects, file), 'utf8'))
  .join('\n')

test('there are traps to compare', () => {
  expect(rows.length).toBeGreaterThan(50)
})

test.each(rows.map(([trap = '', here = '', by = '']) => ({ trap, here, by })))('$trap: is shown', ({ here, by }) => {
  const tests = [...by.matchAll(/`([^`]+\.test\.ts)`: “([^”]+)”/g)]
  const known = [...by.matchAll(/card of `([^`]+)`/g)]
  const laws = [...by.matchAll(/law (\d+)/g)]

  expect(here).not.toBe('')
  expect(tests.length + known.length + laws.length).toBe(by.split(/, (?=law \d|card of |`src|`test)/).length)
  for (const [, file = '', title = ''] of tests) expect(readFileSync(join(library, file), 'utf8')).toContain(title)
  for (const [, of] of known) expect(cards).toContain(`of: '${of}'`)
  for (const [, law] of laws) expect(Number(law)).toSatisfy((n: number) => n >= 1 && n <= 14)
})
