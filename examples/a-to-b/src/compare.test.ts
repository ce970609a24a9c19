import { expect, test } from 'vitest'
import { claimsOf } from './claims.ts'
import { compare } from './strategies.ts'
import { table } from './table.ts'
import { VirtualNetwork } from './virtual-network.ts'

test('in virtual time every claim holds, and the figures are those of the README', async () => {
  const rows = await compare(new VirtualNetwork(), 12)

  expect(claimsOf(rows).filter(({ holds }) => !holds)).toEqual([])
  expect(table(rows).split('\n')).toEqual([
    '                           made/s  in time/s  late  refused  p50 ms  p99 ms  most waiting',
    'nothing bounds B              100         49   612        0    2036    3990           300',
    'B buffers 75                  100         81     0      225    1042    1042            75',
    'B drops the oldest of 8       100         76     0      292     122     122             8',
    'B tells its rate, A obeys      72         72     0        0      42     123            10',
    'A pulls, four at a time        75         75     0        0      42      76             1',
  ])
})

test('a claim that the figures do not bear out is broken', async () => {
  const rows = await compare(new VirtualNetwork(), 12)
  const [unbounded, ...others] = rows

  expect(claimsOf([{ ...unbounded!, refused: 1 }, ...others])[0]?.holds).toBe(false)
  expect(claimsOf([...rows.slice(0, 4), { ...rows[4]!, made: 100 }])[4]?.holds).toBe(false)
})
