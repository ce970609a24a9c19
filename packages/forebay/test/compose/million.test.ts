import { expect, it } from 'vitest'
import { all } from '../../src/gates/all.ts'
import { breaker } from '../../src/gates/breaker/breaker.ts'
import { limit } from '../../src/gates/limit/limit.ts'
import type { Level, Permit, PermitOutcome } from '../../src/kernel/gate.ts'
import { seededRandom } from '../../src/kernel/random.ts'
import { VirtualClock, settled } from '../../src/testkit/virtual-clock.ts'

const operations = 1_000_000
const outcomes: readonly PermitOutcome[] = ['ok', 'ok', 'ok', 'fail', 'drop', 'ignore']

it('admits never above the limit and loses nobody over a million operations of every kind, and serves all who are left', async () => {
  const random = seededRandom(42)
  const below = (n: number): number => Math.floor(random.next() * n)
  const clock = new VirtualClock()
  const slots = limit(10, { clock })
  const fuse = breaker({ failureRate: 0.6, window: { calls: 50 }, openFor: 20, probes: 2, clock })
  const gate = all([slots, fuse], { line: { max: 40, hold: [400, 100, 50, 50] } })
  const held: Permit[] = []
  const controllers: AbortController[] = []
  let limitNow = 10
  let asked = 0
  let ended = 0
  let admitted = 0

  const ask = (): void => {
    const controller = random.next() < 0.3 ? new AbortController() : undefined
    const hold = random.next() < 0.1 ? Infinity : undefined
    const deadline = random.next() < 0.2 ? clock.now() + below(80) : undefined
    asked++
    const got = gate.acquire({
      level: below(4) as Level,
      key: `tenant ${below(7)}`,
      cost: random.next() < 0.1 ? 1 + below(15) : 1,
      ...(controller !== undefined && { signal: controller.signal }),
      ...(hold !== undefined && { hold }),
      ...(deadline !== undefined && { deadline }),
    })
    if (controller !== undefined && controllers.push(controller) > 50) controllers.shift()
    const keep = (permit: Permit): void => void (ended++, held.push(permit))
    if (got instanceof Promise) got.then(keep, () => ended++)
    else keep(got)
  }

  const takeOut = (): Permit | undefined => {
    const i = below(held.length)
    const permit = held[i]
    const last = held.pop()
    if (permit !== last && last !== undefined) held[i] = last
    return permit
  }

  for (let i = 0; i < operations; i++) {
    const dice = random.next()
    const wasInUse = gate.stats.inUse
    const wasAbove = slots.stats.inUse > limitNow
    let mayExceed = false
    if (dice < 0.4) ask()
    else if (dice < 0.75) takeOut()?.release(outcomes[below(outcomes.length)])
    else if (dice < 0.8) {
      const permit = takeOut()
      permit?.abandon?.('fail') // its caller has timed out, the work goes on
      if (permit !== undefined) held.push(permit)
    } else if (dice < 0.85) controllers[below(controllers.length)]?.abort()
    else if (dice < 0.9) clock.advanceSync(below(30))
    else if (dice < 0.93) {
      held[below(held.length)]?.settle(below(4))
      mayExceed = true // what turns out to cost more has already begun
    } else if (dice < 0.96) {
      limitNow = below(20)
      slots.set({ limit: limitNow })
      mayExceed = true
    } else if (dice < 0.97) gate.set({ line: { max: below(60) } })
    else if (dice < 0.98) gate.tryAcquire({ level: below(4) as Level })?.release('ignore')

    const { inUse } = slots.stats
    if (gate.stats.admitted > admitted && !mayExceed) {
      // Whoever was let in fitted, or is alone: it costs more than the whole limit.
      const isRight = inUse <= limitNow || held.length <= 1 || wasAbove || wasInUse === 0
      if (!isRight) throw new Error(`${inUse} in use of ${limitNow} after operation ${i}`)
    }
    admitted = gate.stats.admitted
    if (i % 64 === 0) await settled()
    if (i % 1024 === 0) {
      expect(gate.stats.inUse).toBe(slots.stats.inUse)
      expect(slots.stats.inUse).toBeGreaterThanOrEqual(0)
      if (ended + gate.stats.waiting !== asked) throw new Error(`lost somebody before operation ${i}`)
    }
  }

  slots.set({ limit: 1000 })
  gate.set({ line: { max: 1000 } })
  fuse.set({ forced: 'closed' })
  for (let round = 0; round < 50 && (held.length > 0 || gate.stats.waiting > 0); round++) {
    await settled()
    for (const permit of held.splice(0)) permit.release()
  }
  await clock.advance(1000)
  for (const permit of held.splice(0)) permit.release()
  const refused = Object.values(gate.stats.sheds).reduce((sum, count) => sum + count, 0)
  expect(ended).toBe(asked)
  const { waiting, inUse, zombies } = gate.stats
  expect({ waiting, inUse, zombies }).toEqual({ waiting: 0, inUse: 0, zombies: 0 })
  expect(slots.stats.inUse).toBe(0)
  expect(refused).toBeGreaterThan(1000)
  expect(clock.pending).toBe(0)
}, 60_000)
