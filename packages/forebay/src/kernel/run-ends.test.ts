import { describe, expect, it } from 'vitest'
import { ignoreSink } from '../flow/sinks/simple-sinks.ts'
import { flow } from '../flow/sources.ts'
import { settled, VirtualClock } from '../testkit/virtual-clock.ts'
import type { Run } from './run.ts'

const boom = (at: number) => (n: number) => {
  if (n === at) throw new Error('boom')
  return n
}

/** What a run has failed with, once it has. */
function failureOf(run: Run<any>): { readonly error?: unknown } {
  const failure: { error?: unknown } = {}
  run.done.catch((error: unknown) => (failure.error = error))
  return failure
}

/** Takes 10 ms for each. */
function slowly(clock: VirtualClock, seen: number[]): (n: number) => Promise<void> {
  return (n) => {
    seen.push(n)
    return new Promise((done) => clock.after(10, done))
  }
}

describe('a run with several sinks that fails', () => {
  it('first gives all of them what is on its way when the error came from above them', async () => {
    const clock = new VirtualClock()
    const late: number[] = []
    const run = flow
      .range(1, 9)
      .map(boom(6))
      .broadcast(
        (branch) => branch.to(() => {}),
        (branch) => branch.buffer(8).to(slowly(clock, late)),
      )
      .run({ clock })
    const failure = failureOf(run)
    await clock.advance(25)
    expect(late).toEqual([1, 2, 3])
    expect(failure).toEqual({})
    await clock.advance(100)

    expect(late).toEqual([1, 2, 3, 4, 5])
    expect(failure).toEqual({ error: new Error('boom') })
    expect(run.inspect().state).toBe('failed')
  })

  it('gives up at once when one of them fails by itself meanwhile, with the first error', async () => {
    const clock = new VirtualClock()
    const late: number[] = []
    const run = flow
      .range(1, 9)
      .map(boom(6))
      .broadcast(
        (branch) => branch.to(() => {}),
        (branch) => branch.buffer(8).to(() => new Promise((_, fail) => clock.after(15, () => fail(new Error('full'))))),
        (branch) => branch.buffer(8).to(slowly(clock, late)),
      )
      .run({ clock })
    const failure = failureOf(run)
    await clock.advance(100)

    expect(late).toEqual([1, 2])
    expect(failure).toEqual({ error: new Error('boom') })
  })

  it('ends at once when one of them alone has failed', async () => {
    const clock = new VirtualClock()
    const late: number[] = []
    const run = flow
      .range(1, 9)
      .broadcast(
        (branch) => branch.map(boom(3)).to(() => {}),
        (branch) => branch.buffer(9).to(slowly(clock, late)),
      )
      .run({ clock })
    const failure = failureOf(run)
    await settled()
    await clock.advance(100)

    expect(failure).toEqual({ error: new Error('boom') })
    expect(late).toEqual([1])
  })
})

describe('the records of a run', () => {
  it('are those of its sources, where one becomes several items', async () => {
    const twice = flow.range(1, 3).flatMap((n) => [n, n])
    const clock = new VirtualClock()
    const simple = ignoreSink<number>()(twice).run({ clock })
    const stored = twice
      .buffer(2)
      .to(() => {})
      .run({ clock })
    await clock.advance(10)

    for (const run of [simple, stored]) {
      expect(run.inspect()).toMatchObject({ state: 'done', balanced: true, ledger: { in: 3, out: 3, inFlight: 0 } })
    }
  })
})
