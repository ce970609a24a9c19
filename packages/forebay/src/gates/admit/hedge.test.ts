import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../kernel/random.ts'
import { VirtualClock, settled } from '../../testkit/virtual-clock.ts'
import { breaker } from '../breaker/breaker.ts'
import { limit } from '../limit/limit.ts'
import { admit } from './admit.ts'
import { budget } from './budget.ts'
import type { Call } from './call.ts'
import { hedge } from './hedge.ts'

const plenty = (clock: VirtualClock) => budget({ minPerSecond: 1000, clock })

/** Work whose copies take the given times and give their number; it keeps running when it is aborted. */
function copiesTaking(clock: VirtualClock, ...times: number[]) {
  const calls: Call[] = []
  const work = (call: Call): Promise<number> => {
    calls.push(call)
    const copy = calls.length
    return new Promise((resolve) => void clock.after(times[copy - 1] as number, () => resolve(copy)))
  }
  return { calls, work }
}

describe('a hedge', () => {
  it('starts a second copy when the first has run for long, and gives what comes first', async () => {
    const clock = new VirtualClock()
    const gate = limit(5, { clock })
    const { work, calls } = copiesTaking(clock, 1000, 20)
    const hedges = hedge({ after: '50ms', budget: plenty(clock) })
    const result = admit(gate, work, { hedge: hedges })
    await clock.advance(49)
    expect(calls).toHaveLength(1)
    await clock.advance(21)
    expect(await result).toBe(2)
    expect(hedges).toMatchObject({ started: 1, won: 1 })
  })

  it('starts none for work that is fast enough, and leaves no timer', async () => {
    const clock = new VirtualClock()
    const { work, calls } = copiesTaking(clock, 40)
    const result = admit(limit(5, { clock }), work, { hedge: hedge({ after: 50, budget: plenty(clock) }) })
    await clock.advance(40)
    expect(await result).toBe(1)
    await clock.advance(500)
    expect(calls).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  it('aborts the copy that lost, and has its permit back when its work has ended', async () => {
    const clock = new VirtualClock()
    const fuse = breaker({ consecutive: 1, clock })
    const gate = limit(5, { clock })
    const { work, calls } = copiesTaking(clock, 1000, 20)
    const result = admit(fuse, (call) =>
      admit(gate, work, { hedge: hedge({ after: 50, budget: plenty(clock) }), signal: call.signal }),
    )
    await clock.advance(70)
    expect(await result).toBe(2)
    expect(calls[0]?.signal.aborted).toBe(true)
    expect(calls[1]?.signal.aborted).toBe(false)
    expect(gate.stats).toMatchObject({ inUse: 1, zombies: 1 })
    await clock.advance(930)
    expect(gate.stats).toMatchObject({ inUse: 0, zombies: 0, admitted: 2 })
    expect(fuse.inspect().state).toBe('closed')
  })

  it('counts the time from when the first copy was admitted, not while it waits in line', async () => {
    const clock = new VirtualClock()
    const gate = limit(1, { clock, line: 10 })
    const held = gate.tryAcquire()
    const { work, calls } = copiesTaking(clock, 10, 10)
    const result = admit(gate, work, { hedge: hedge({ after: 50, budget: plenty(clock) }) })
    await clock.advance(300)
    expect(gate.stats.waiting).toBe(1)
    held?.release()
    await clock.advance(10)
    expect(await result).toBe(1)
    expect(calls).toHaveLength(1)
  })

  it('asks the gate one level lower, leaves the line when it is not needed, and never exceeds the limit', async () => {
    const clock = new VirtualClock()
    const gate = limit(1, { clock, line: 10 })
    const slow = (): Promise<string> => new Promise((resolve) => void clock.after(100, () => resolve('first')))
    const hedged = admit(gate, slow, { hedge: hedge({ after: 50, budget: plenty(clock) }), level: 1 })
    await clock.advance(60)
    expect(gate.stats.waiting).toBe(1)
    const other = admit(gate, () => new Promise<void>((done) => void clock.after(30, done)), { level: 1 })
    expect(gate.inspect()).toMatchObject({ inUse: 1, waiting: 2 })
    await clock.advance(40)
    expect(await hedged).toBe('first')
    expect(gate.stats).toMatchObject({ waiting: 0, inUse: 1 })
    await clock.advance(30)
    await other
    expect(gate.stats).toMatchObject({ waiting: 0, inUse: 0, admitted: 2, sheds: { aborted: 1 } })
  })

  it('lets a first try go before a copy that waits', async () => {
    const clock = new VirtualClock()
    const gate = limit(2, { clock, line: 10 })
    const held = gate.tryAcquire()
    const order: string[] = []
    const work = (): Promise<void> => (order.push('hedged'), new Promise((done) => void clock.after(500, done)))
    void admit(gate, work, { hedge: hedge({ after: 50, budget: plenty(clock) }) })
    await clock.advance(60)
    void admit(gate, () => void order.push('other'))
    held?.release()
    await settled()
    expect(order).toEqual(['hedged', 'other', 'hedged'])
  })

  it('runs no more copies than it may, each after the time again', async () => {
    const clock = new VirtualClock()
    const { work, calls } = copiesTaking(clock, 10_000, 10_000, 10_000, 10_000)
    const at: number[] = []
    const hedges = hedge({ after: 100, copies: 3, budget: plenty(clock) })
    void admit(limit(10, { clock }), (call) => (at.push(clock.now()), work(call)), { hedge: hedges })
    await clock.advance(5000)
    expect(at).toEqual([0, 100, 200])
    expect(calls).toHaveLength(3)
  })

  it('spends a budget that it shares with retries', async () => {
    const clock = new VirtualClock()
    const shared = budget({ ratio: 0.1, minPerSecond: 0, clock })
    const hedges = hedge({ after: 10, budget: shared })
    const gate = limit(1000, { clock })
    const slow = (): Promise<void> => new Promise((done) => void clock.after(100, done))
    const calls = Array.from({ length: 50 }, () => admit(gate, slow, { hedge: hedges }))
    await clock.advance(100)
    await Promise.all(calls)
    expect(hedges).toMatchObject({ started: 5, refused: 45 })
    await expect(
      admit(gate, () => Promise.reject(new Error('down')), { retry: { max: 3, budget: shared } }),
    ).rejects.toThrow('down')
    expect(shared.taken).toBe(5)
  })

  it('uses by default the budget of the retries through the same gate, and earns it once', async () => {
    const clock = new VirtualClock()
    const gate = limit(1000, { clock })
    const hedges = hedge({ after: 10 })
    const slow = (): Promise<void> => new Promise((done) => void clock.after(50, done))
    const calls = Array.from({ length: 100 }, () => admit(gate, slow, { hedge: hedges, retry: { max: 1 } }))
    await clock.advance(100)
    await Promise.all(calls)
    expect(hedges.started).toBe(30 + 10)
  })

  it('waits for the other copy when one fails, and says what the first said when all do', async () => {
    const clock = new VirtualClock()
    const gate = limit(5, { clock })
    const hedges = hedge({ after: 50, budget: plenty(clock) })
    let copy = 0
    const failing = (...fates: [number, boolean][]) => (
      (copy = 0),
      (): Promise<string> => {
        const [ms, isOk] = fates[copy++] as [number, boolean]
        const name = `copy ${copy}`
        return new Promise(
          (resolve, reject) => void clock.after(ms, () => (isOk ? resolve(name) : reject(new Error(name)))),
        )
      }
    )
    const rescued = admit(gate, failing([60, false], [60, true]), { hedge: hedges })
    await clock.advance(110)
    expect(await rescued).toBe('copy 2')
    const lost = admit(gate, failing([80, false], [10, false]), { hedge: hedges }).catch((error: unknown) => error)
    await clock.advance(80)
    expect(await lost).toMatchObject({ message: 'copy 1' })
    const early = admit(gate, failing([20, false]), { hedge: hedges }).catch((error: unknown) => error)
    await clock.advance(20)
    expect(await early).toMatchObject({ message: 'copy 1' })
    expect(gate.stats.inUse).toBe(0)
  })

  it('does not take an answer for good that was judged bad, as long as another copy runs', async () => {
    const clock = new VirtualClock()
    const answers = [503, 200]
    let copy = 0
    const work = (): Promise<number> => {
      const answer = answers[copy++] as number
      return new Promise((resolve) => void clock.after(60, () => resolve(answer)))
    }
    const result = admit(limit(5, { clock }), work, {
      hedge: hedge({ after: 50, budget: plenty(clock) }),
      classify: (ended) => (ended.ok && ended.value === 503 ? 'drop' : 'ok'),
    })
    await clock.advance(110)
    expect(await result).toBe(200)
  })

  it('gives up all copies when the caller aborts, and starts none afterwards', async () => {
    const clock = new VirtualClock()
    const gate = limit(5, { clock })
    const { work, calls } = copiesTaking(clock, 1000, 1000, 1000)
    const controller = new AbortController()
    const result = admit(gate, work, {
      hedge: hedge({ after: 50, copies: 3, budget: plenty(clock) }),
      signal: controller.signal,
    }).catch((error: unknown) => error)
    await clock.advance(60)
    controller.abort('enough')
    expect(await result).toMatchObject({ code: 'FOREBAY_CANCELLED', cause: 'enough' })
    expect(calls.map((call) => call.signal.aborted)).toEqual([true, true])
    await clock.advance(2000)
    expect(calls).toHaveLength(2)
    expect(gate.stats).toMatchObject({ inUse: 0, zombies: 0 })
  })

  it('does nothing for a caller that had already given up', async () => {
    const clock = new VirtualClock()
    const gate = limit(5, { clock })
    const { work, calls } = copiesTaking(clock, 1000)
    const result = admit(gate, work, { hedge: hedge({ after: 50 }), signal: AbortSignal.abort('before') })
    await expect(result).rejects.toMatchObject({ code: 'FOREBAY_CANCELLED', cause: 'before' })
    expect(calls).toHaveLength(0)
    expect(gate.stats).toMatchObject({ admitted: 0, sheds: { aborted: 1 } })
  })

  it('ends with the timeout of the first copy: a hedge makes no caller wait longer', async () => {
    const clock = new VirtualClock()
    const { work } = copiesTaking(clock, 1000, 1000)
    const result = admit(limit(5, { clock }), work, {
      hedge: hedge({ after: 50, budget: plenty(clock) }),
      timeout: 100,
    }).catch((error: unknown) => error)
    await clock.advance(100)
    expect(await result).toMatchObject({ code: 'FOREBAY_TIMEOUT' })
  })

  it('learns from what calls took lately when to start a copy, and stays at that though copies cut the tail', async () => {
    const clock = new VirtualClock()
    const random = seededRandom(5)
    const gate = limit(1000, { clock })
    const hedges = hedge({ after: 'p90', budget: budget({ ratio: 1, minPerSecond: 1000, clock }) })
    const work = (): Promise<void> => new Promise((done) => void clock.after(random.next() < 0.9 ? 10 : 1000, done))
    expect(hedges.afterMs).toBe(Infinity)
    for (let i = 0; i < 400; i++) {
      void admit(gate, work, { hedge: hedges })
      await clock.advance(20)
    }
    expect(hedges.afterMs).toBeGreaterThan(9.9)
    expect(hedges.afterMs).toBeLessThan(15)
    expect(hedges.started).toBeGreaterThan(20)
    expect(hedges.started).toBeLessThan(80)
  })

  it('refuses options that make no sense', () => {
    expect(() => hedge({ after: 'p0' })).toThrow(/^hedge\.after: /)
    expect(() => hedge({ after: 'p100' })).toThrow(/^hedge\.after: /)
    expect(() => hedge({ after: 'soon' as '1s' })).toThrow(/^hedge\.after: /)
    expect(() => hedge({ after: 10, copies: 1 })).toThrow(/^hedge\.copies: /)
  })
})
