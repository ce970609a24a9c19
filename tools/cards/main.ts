import { parseArgs } from 'node:util'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { families } from '../../packages/forebay/test/laws/families.ts'
import { piecesOf } from './inventory.ts'
import { pagesOf } from './pages.ts'
import { rowsOf, type Row } from './rows.ts'

/**
 * `npm run cards -- [--json] [--family NAME] [--trials 100]`: executes the card of every public operator, source, sink
 * and junction, and plants faults that it must find. Exits 3 when one survives. `--write` makes docs/operators instead.
 */
const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    family: { type: 'string' },
    trials: { type: 'string', default: '100' },
  },
})

const all = await families()
if (values.write) {
  const root = join(import.meta.dirname, '../..')
  const folder = join(root, 'docs/operators')
  mkdirSync(folder, { recursive: true })
  const pages = await pagesOf(all, piecesOf(root))
  for (const { file, text } of pages) writeFileSync(join(folder, file), text)
  console.log(`docs/operators: ${pages.length} pages`)
  process.exit(0)
}

const known = all.filter(({ name }) => values.family === undefined || name === values.family)
const rows: Row[] = []
for (const family of known) rows.push(...(await rowsOf(family, Number(values.trials))))
console.log(values.json ? JSON.stringify(rows, null, 2) : table(rows))
if (rows.some(({ mutantsSurvived }) => mutantsSurvived.length > 0)) process.exitCode = 3

function table(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length))
  const lines = rows.map(
    ({ name, family, laws, cases, mutantsKilled, mutantsSurvived }) =>
      `${name.padEnd(width)}  ${family.padEnd(12)}  ${laws.length} laws  ${String(cases).padStart(4)} cases  ` +
      `${String(mutantsKilled).padStart(2)} faults found${mutantsSurvived.map((fault) => `; not found: ${fault}`).join('')}`,
  )
  const cases = rows.reduce((sum, row) => sum + row.cases, 0)
  const killed = rows.reduce((sum, row) => sum + row.mutantsKilled, 0)
  return [...lines, `${rows.length} cards, ${cases} cases, 0 failures, ${killed} planted faults found`].join('\n')
}
