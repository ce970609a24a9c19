import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { Costs } from './batch-cost.ts'
import type { Claim } from './claims.ts'
import { findingsOf, shareInTime } from './findings.ts'
import { inPhase, type Spike } from './spike.ts'
import { costTable, spikeTable } from './table.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const main = fileURLToPath(new URL('../../dist/real-main.js', import.meta.url))
const run = promisify(execFile)

interface Output {
  readonly paragraphs: Costs
  readonly pages: Costs
  readonly spikes: readonly Spike[]
  readonly claims: readonly Claim[]
}

test(
  'a real model lives through a spike behind a gate that counts tokens, and not without',
  { timeout: 300_000 },
  async () => {
    await run('npx', ['tsc', '-b', 'examples/inference-spikes'], { cwd: root })
    const { stdout } = await run(process.execPath, [main, '--json'], { maxBuffer: 2 ** 26 }).catch(
      (error: { stdout: string }) => error,
    )
    const { paragraphs, pages, spikes, claims } = JSON.parse(stdout) as Output

    const shown = `\n${costTable(paragraphs, pages)}\n${spikeTable(spikes)}`
    const [open, counted, gated] = spikes as [Spike, Spike, Spike]
    const forNobody = ({ server }: Spike): number => server.readForNobody / server.read

    // What is quick enough depends on who else wants the machine: it can be told where calm was calm.
    const isQuiet = spikes.every((spike) => inPhase(spike, 'calm', 'interactive').okShare > 0.95)
    if (isQuiet)
      expect(shareInTime(gated), shown).toBeGreaterThan(1.5 * Math.max(shareInTime(open), shareInTime(counted)))
    if (isQuiet) expect(forNobody(open), shown).toBeGreaterThan(2 * forNobody(gated))
    expect(open.server.mostHeld, shown).toBeGreaterThan(2 * gated.server.mostHeld)
    expect(pages['one run'].cpuUs, shown).toBeGreaterThan(0.6 * pages['one by one'].cpuUs)
    expect(
      claims.filter(({ holds }) => !holds),
      shown,
    ).toEqual([])
    expect(claims).toHaveLength(4)
    expect(findingsOf(paragraphs, pages, spikes)).toHaveLength(4)
  },
)
