import { flow } from 'forebay'
import { describe, expect, it } from 'vitest'
import { summaryLines } from './summary.ts'

describe('the live summary', () => {
  it('has five lines: speed, reason, ledger, edges, memory', async () => {
    const run = flow
      .range(1, 100)
      .buffer({ items: 8, name: 'waiting' })
      .to(() => {})
      .named('numbers')
      .run()
    const before = run.inspect()
    await run.done
    const now = { ...run.inspect(), at: before.at + 1000 }

    const base = { before, verdict: undefined, elapsedMs: 0, anonBytes: 0, url: undefined }
    const lines = summaryLines({
      before,
      now,
      verdict: run.why(),
      elapsedMs: 61_000,
      anonBytes: 42e6,
      url: 'http://127.0.0.1:7788',
    })

    expect(lines).toHaveLength(5)
    expect(lines[0]).toContain('numbers · done · 01:01')
    expect(lines[2]).toContain('100 in = 100 out + 0 dropped')
    expect(lines[2]).toContain('✓')
    expect(lines[3]).toContain('waiting 0/8')
    expect(summaryLines({ ...base, now: { ...now, state: 'running' } })[1]).toBe(
      'why     looking: it has not run for long enough to say',
    )
    expect(summaryLines({ ...base, now })[1]).toBe('why     it did not run for long enough to say')
    expect(lines[4]).toBe('memory  42 MB anonymous · console http://127.0.0.1:7788')
  })
})
