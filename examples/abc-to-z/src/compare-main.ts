import { claimsOf, slowdown } from './claims.ts'
import { play } from './play.ts'
import { table } from './table.ts'

// One after the other: on one machine they would disturb each other.
const without = await play(false)
const gated = await play(true)
const claims = claimsOf(without, gated)
if (process.argv.includes('--json')) console.log(JSON.stringify({ without, gated, claims }))
else {
  console.log(table({ 'no gates': without, gates: gated }))
  console.log(
    `\nwith gates, p99 in the storm: B ${slowdown(without, gated, 'B').toFixed(2)}, C ${slowdown(without, gated, 'C').toFixed(2)} times that of calm times`,
  )
  console.log(`A: ${JSON.stringify(gated.a)}\n`)
  for (const { text, holds } of claims) console.log(`${holds ? '✓' : '×'} ${text}`)
}
if (claims.some(({ holds }) => !holds)) process.exitCode = 1
