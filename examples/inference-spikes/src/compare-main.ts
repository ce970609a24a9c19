import { claimsOf } from './claims.ts'
import { play, type Played } from './play.ts'
import { strategies } from './strategies.ts'
import { table } from './table.ts'

const played: Played[] = []
for (const [name, start] of Object.entries(strategies)) played.push(await play(name, start))
const claims = claimsOf(played)
if (process.argv.includes('--json')) console.log(JSON.stringify({ played, claims }))
else console.log(`${table(played)}\n\n${claims.map(({ text, holds }) => `${holds ? '✓' : '×'} ${text}`).join('\n')}`)
if (claims.some(({ holds }) => !holds)) process.exitCode = 1
