import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { requireServer } from '../../../tools/services/require-server.ts'

const bin = fileURLToPath(new URL('../bin/forebay.js', import.meta.url))
const flow = fileURLToPath(new URL('./flows/shared.mjs', import.meta.url))
const data = mkdtempSync(join(tmpdir(), 'forebay-replicas-'))
const kafka = await requireServer('kafka')
afterAll(async () => {
  rmSync(data, { recursive: true, force: true })
  await kafka.stop()
})

interface Replica {
  readonly code: number
  readonly report: { balanced: boolean; ledger: { in: number; out: number; inFlight: number } }
  readonly taken: { at: bigint; n: number }[]
  readonly stderr: string
}

function replica(first: number): Promise<Replica> {
  const args = [bin, 'run', flow, '--store', kafka.url, '--json', '--no-console', '--quiet']
  const env = { ...process.env, FIRST: String(first) }
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: data, env, timeout: 90_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code ?? -1)
      const taken = stderr
        .split('\n')
        .filter((line) => line.startsWith('took '))
        .map((line) => ({ at: BigInt(line.split(' ')[1] ?? 0), n: Number(line.split(' ')[2]) }))
      resolve({ code, report: JSON.parse(stdout || '{}') as Replica['report'], taken, stderr })
    })
  })
}

describe.skipIf(!kafka.available)('forebay run --store kafka://', () => {
  it('shares the work of a flow between two replicas, each key in order', { timeout: 120_000 }, async () => {
    const replicas = await Promise.all([replica(0), replica(1000)])
    for (const { code, report, stderr } of replicas) {
      expect(code, stderr).toBe(0)
      expect(report.ledger.in).toBe(300)
      expect(report.ledger.inFlight).toBe(0)
    }
    const taken = replicas.flatMap((one) => one.taken).toSorted((a, b) => (a.at < b.at ? -1 : 1))
    expect(new Set(taken.map(({ n }) => n)).size).toBe(600)
    // Both have taken what the other had put.
    for (const [index, { taken: own }] of replicas.entries())
      expect(own.filter(({ n }) => n >= 1000 === (index === 0)).length).toBeGreaterThan(0)
    for (const from of [0, 1000])
      for (let key = 0; key < 10; key++) {
        const some = taken.map(({ n }) => n).filter((n) => n % 10 === key && n >= 1000 === (from === 1000))
        expect(some, `k${key}`).toEqual(some.toSorted((a, b) => a - b))
      }
  })
})
