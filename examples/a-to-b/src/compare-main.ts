import { claimsOf } from './claims.ts'
import { HttpNetwork } from './http-network.ts'
import { compare } from './strategies.ts'
import { table } from './table.ts'
import { VirtualNetwork } from './virtual-network.ts'

const SECONDS = 12

const network = process.argv.includes('--http') ? new HttpNetwork() : new VirtualNetwork()
const rows = await compare(network, SECONDS)
const claims = claimsOf(rows)
if (process.argv.includes('--json')) console.log(JSON.stringify({ rows, claims }))
else console.log(`${table(rows)}\n\n${claims.map(({ text, holds }) => `${holds ? '✓' : '×'} ${text}`).join('\n')}`)
if (claims.some(({ holds }) => !holds)) process.exitCode = 1
