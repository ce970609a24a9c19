import { expect, it } from 'vitest'
import { limit, tide } from '../../src/gates/index.ts'
import type { Gate, Level } from '../../src/kernel/gate.ts'

const workers = 20
/** What it can do at best; a machine that is busy can do less, and is overloaded all the more. */
const capacity = 1000
const patienceMs = 1000

/** Twenty slots of 10 to 30 ms, on real timers. */
class Backend {
  #busy = 0
  readonly #queue: (() => void)[] = []

  async call(): Promise<void> {
    if (this.#busy === workers) await new Promise<void>((resolve) => this.#queue.push(resolve))
    else this.#busy++
    await new Promise((resolve) => setTimeout(resolve, 10 + 20 * Math.random()))
    const next = this.#queue.shift()
    if (next === undefined) this.#busy--
    else next()
  }
}

interface Answers {
  /** Answered in time, of all that were asked after the first two seconds. */
  readonly share: number
  readonly critical: number
  readonly p99OfCritical: number
}

/** Asks for twice the capacity for eight seconds, a tenth of it critical. */
async function play(gate: Gate | undefined): Promise<Answers> {
  const backend = new Backend()
  const begun = performance.now()
  const asked = { critical: 0, all: 0 }
  const times = { critical: [] as number[], all: 0 }
  const ask = async (level: Level): Promise<void> => {
    const since = performance.now()
    const counts = since - begun > 2000
    if (counts) asked.all++
    if (counts && level === 0) asked.critical++
    const permit = await gate?.acquire({ level, deadline: since + patienceMs })
    await backend.call()
    permit?.release()
    const ms = performance.now() - since
    if (!counts || ms > patienceMs) return
    times.all++
    if (level === 0) times.critical.push(ms)
  }
  let sent = 0
  while (performance.now() - begun < 8000) {
    const due = ((performance.now() - begun) / 1000) * 2 * capacity
    for (; sent < due; sent++) ask(sent % 10 === 0 ? 0 : 1).catch(() => {}) // shed
    await new Promise((resolve) => setTimeout(resolve, 4))
  }
  const sorted = times.critical.toSorted((a, b) => a - b)
  return {
    share: times.all / asked.all,
    critical: times.critical.length / asked.critical,
    p99OfCritical: sorted[Math.floor(0.99 * sorted.length)] ?? Infinity,
  }
}

it('on real timers too, a tide answers what it can, critical requests first, where no limit answers nobody', async () => {
  const none = await play(undefined)
  const high = await play(limit(200))
  const ours = await play(limit(tide()))

  expect(none.share).toBeLessThan(0.25) // what is begun before the queue is a second long
  expect(ours.share).toBeGreaterThan(0.3)
  expect(ours.share).toBeGreaterThan(0.8 * high.share)
  expect(ours.critical).toBeGreaterThan(0.95)
  expect(ours.p99OfCritical).toBeLessThan(0.75 * high.p99OfCritical)
}, 60_000)
