import { parseArgs } from 'node:util'
import { missed } from './bars.ts'
import { cases } from './cases.ts'
import { policies } from './policies.ts'
import { playCase } from './suite.ts'
import type { Row } from './suite.ts'
import { details, table } from './table.ts'

/**
 * `npm run simulate:overload -- [--case TEXT] [--policy NAME…] [--seeds N] [--json]`: plays overload in virtual time
 * through our gates, with every kind of limit; a minute for all of it and one seed. Exits 3 when `tide` misses a bar.
 */
const { values } = parseArgs({
  options: {
    case: { type: 'string', default: '' },
    policy: { type: 'string', multiple: true, default: Object.keys(policies) },
    seeds: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
})

const wrong = values.policy.find((policy) => !(policy in policies))
const seeds = Number(values.seeds)
if (wrong !== undefined || !Number.isInteger(seeds) || seeds < 1) {
  console.error(wrong === undefined ? '--seeds: expected a whole number ≥ 1' : `--policy: there is no '${wrong}'`)
  process.exit(2)
}
const rows: Row[] = []
for (const name of Object.keys(cases).filter((each) => each.includes(values.case))) {
  for (const policy of values.policy) rows.push(await playCase(name, policy, seeds))
}
const ours = rows.filter(({ policy }) => policy === 'tide')
const misses = ours.flatMap((row) => missed(row.case, row))
console.log(
  values.json
    ? JSON.stringify({ rows, misses })
    : [
        table(rows),
        ours.length > 0 ? `\ntide:\n${details(ours)}` : '',
        ...misses.map((miss) => `missed: ${miss}`),
      ].join('\n'),
)
process.exitCode = misses.length === 0 ? 0 : 3
