import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { requireServer } from '../../../tools/services/require-server.ts'

const bin = fileURLToPath(new URL('../bin/forebay.js', import.meta.url))
const flow = fileURLToPath(new URL('./flows/numbers.ts', import.meta.url))
const data = mkdtempSync(join(tmpdir(), 'forebay-store-'))
const redis = await requireServer('redis')
afterAll(async () => {
  rmSync(data, { recursive: true, force: true })
  await redis.stop()
})

function forebay(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, ...args], { cwd: data, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr })
    })
  })
}

describe.skipIf(!redis.available)('forebay run --store redis://', () => {
  it('keeps the durable edges of a flow there, and the account holds', { timeout: 90_000 }, async () => {
    const { code, stdout, stderr } = await forebay(
      'run',
      flow,
      '--for',
      '2s',
      '--store',
      redis.url,
      '--json',
      '--no-console',
      '--quiet',
    )
    expect(code, stderr).toBe(0)
    const { balanced, ledger } = JSON.parse(stdout) as { balanced: boolean; ledger: { in: number; out: number } }
    expect(balanced).toBe(true)
    expect(ledger.out).toBe(ledger.in)
    expect(ledger.in).toBeGreaterThan(0)
    const ls = await forebay('queue', 'ls', '--store', redis.url, '--json')
    expect(ls.code, ls.stderr).toBe(0)
    expect(ls.stdout).toContain('numbers')
  })

  it('says in one line that nobody listens there', { timeout: 30_000 }, async () => {
    const { code, stderr } = await forebay('run', flow, '--store', 'redis://127.0.0.1:1', '--no-console', '--quiet')
    expect(code).not.toBe(0)
    expect(stderr).toContain('redis')
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(3)
  })
})
