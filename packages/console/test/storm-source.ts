import type { Clock } from 'forebay'
import { all, breaker, keyed, limit, rate, tide } from 'forebay/gates'
import type { Gate } from 'forebay'
import { observeGates, sampler } from 'forebay/observe'
import { VirtualClock } from 'forebay/testkit'
import type { ConsoleSource } from '../src/index.ts'

const stepMs = 250
const workMs = 60

/**
 * The gates of a server that three callers ask: A for five times its share, B and C for less than theirs. Every 20 s what
 * is behind them fails for a moment. Beside them the door, which everybody comes through, strangers too.
 */
export async function stormSource(clock: Clock, pastMs: number): Promise<ConsoleSource & { close(): void }> {
  const time = new VirtualClock(clock.wall() - pastMs)
  const door = limit(tide({ max: 60 }), { clock: time, name: 'door' })
  const z = all(
    [
      keyed(() => rate({ limit: '33/s', burst: 10, name: 'share', clock: time }), { clock: time }),
      breaker({ consecutive: 5, openFor: '2s', name: 'backend', clock: time }),
      limit(8, { name: 'workers', clock: time }),
    ],
    { line: { max: 64, hold: '500ms' }, name: 'z', clock: time },
  )
  const gates = observeGates({ z, door }, { name: 'server', clock: time })
  const source = sampler([gates], { clock: time, every: stepMs, window: '4s', hold: '1s' })

  const ask = async (gate: Gate, key: string, level: 0 | 1 | 2): Promise<void> => {
    try {
      const permit = await gate.acquire({ key, level })
      const isDown = time.now() % 20_000 > 18_500
      time.after(workMs, () => permit.release(isDown && gate === z ? 'fail' : 'ok'))
    } catch {
      // a shed is what this is about
    }
  }
  let strangers = 0
  const due = new Map<string, number>()
  const asksOf = (key: string, perSecond: number, send: () => void): void => {
    let owed = (due.get(key) ?? 0) + (perSecond * 10) / 1000
    for (; owed >= 1; owed--) send()
    due.set(key, owed)
  }
  const step = async (): Promise<void> => {
    for (let ms = 0; ms < stepMs; ms += 10) {
      asksOf('A', 165, () => void ask(z, 'A', 1))
      asksOf('B', 20, () => void ask(z, 'B', 0))
      asksOf('C', 20, () => void ask(z, 'C', 2))
      asksOf('door', 90, () => void ask(door, strangers++ % 3 === 0 ? `stranger ${strangers}` : 'A', 1))
      await time.advance(10)
    }
  }
  while (time.now() < pastMs) await step()

  let stop = clock.after(stepMs, tick)
  function tick(): void {
    stop = clock.after(stepMs, tick)
    void step()
  }
  return Object.assign(source, {
    close: () => {
      stop()
      source.stop()
      gates.stop()
    },
  })
}
