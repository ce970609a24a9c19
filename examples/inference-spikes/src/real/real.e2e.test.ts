import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { Costs } from './batch-cost.ts'
import { claimsOf, type Claim } from './claims.ts'
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
    const ok = (of: Spike): number =>
      (inPhase(of, 'spike', 'interactive').okShare + inPhase(of, 'after', 'interactive').okShare) / 2
    const forNobody = ({ server }: Spike): number => server.readForNobody / server.read

    // Ratios: a machine that is busy with other things makes all of them worse.
    expect(ok(gated), shown).toBeGreaterThan(1.5 * Math.max(ok(open), ok(counted)))
    expect(forNobody(open), shown).toBeGreaterThan(2 * forNobody(gated))
    expect(open.server.mostHeld, shown).toBeGreaterThan(2 * gated.server.mostHeld)
    expect(pages['one run'].cpuUs, shown).toBeGreaterThan(0.6 * pages['one by one'].cpuUs)
    expect(claims).toHaveLength(8)
    for (const { interactive, batch } of spikes) {
      expect(interactive.total.failed + batch.total.failed, shown).toBe(0)
      expect(interactive.total.offered).toBe(open.interactive.total.offered)
    }

    const turned = claimsOf(pages, paragraphs, spikes.toReversed())
    expect(turned.filter(({ holds }) => holds).length).toBeLessThan(4)
  },
)
