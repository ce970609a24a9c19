import { lognormal } from './backend.ts'
import type { BackendModel } from './backend.ts'
import type { Client } from './client.ts'
import type { Scenario } from './world.ts'

/** Twenty workers and a little network: 1,000 requests a second, and a knee at 24 in flight. */
const usual: BackendModel = { workers: 20, serviceMs: lognormal(20, 0.5), networkMs: 4 }
const capacity = 1000

const steady = (perSecond: number) => () => ({ perSecond, until: Infinity })
const everybody = (perSecond: number): Client => ({ name: 'all', rate: steady(perSecond) })

function usually(clients: readonly Client[], more: Partial<Scenario> = {}): Scenario {
  return { seconds: 60, backend: usual, clients, possible: capacity, ...more }
}

function overloaded(times: number, more: Partial<Scenario> = {}): Scenario {
  return usually([everybody(times * capacity)], more)
}

/** Five times what it can take, for one second in ten. */
const bursts: Client['rate'] = (now) => {
  const start = now - (now % 10_000)
  if (now < start + 5000) return { perSecond: 600, until: start + 5000 }
  return now < start + 6000 ? { perSecond: 5000, until: start + 6000 } : { perSecond: 600, until: start + 10_000 }
}

/** Processes with a gate each, of which the second half begins at 40 s; together they always ask for `times` the capacity. */
function fleet(count: number, times: number, more: Partial<Scenario> = {}): Scenario {
  const joinAt = 40_000
  const share = (times * capacity) / count
  const clients = Array.from({ length: count }, (_, gate): Client => {
    const isLate = gate >= Math.ceil(count / 2)
    const alone = isLate ? 0 : (times * capacity) / Math.ceil(count / 2)
    const rate: Client['rate'] = (now) =>
      now < joinAt ? { perSecond: alone, until: joinAt } : { perSecond: share, until: Infinity }
    return { name: `${isLate ? 'new' : 'old'} ${gate}`, gate, rate }
  })
  return usually(clients, { seconds: 80, gates: count, ...more })
}

function retrying(times: number, budget?: number): Scenario {
  const retry = { max: 3, pauseMs: 100, ...(budget !== undefined && { budget }) }
  return usually([{ ...everybody(times * capacity), retry }])
}

/** Everything that the suite plays, by name. */
export const cases: Readonly<Record<string, Scenario>> = {
  '0.7x': overloaded(0.7, { possible: 700 }),
  '2x': overloaded(2),
  '5x': overloaded(5),
  '10x': overloaded(10),
  'burst 5x': usually([{ name: 'all', rate: bursts }], { possible: 640 }),
  'slow x4': overloaded(0.8, {
    backend: { ...usual, slow: (now) => (now >= 20_000 && now < 40_000 ? 4 : 1) },
    possible: (800 + 250 + 800) / 3,
  }),
  'thrash 3x': overloaded(3, {
    backend: { ...usual, slow: (_, inFlight) => 1 + Math.max(0, inFlight - 24) / 65 },
  }),
  'mixed 3x': usually([
    { name: 'critical', rate: steady(300), level: 0 },
    { name: 'normal', rate: steady(1500), level: 1 },
    { name: 'batch', rate: steady(1200), level: 3 },
  ]),
  'greedy 5x': usually([
    { name: 'greedy', rate: steady(5000) },
    { name: 'b', rate: steady(250) },
    { name: 'c', rate: steady(250) },
  ]),
  bimodal: overloaded(2, {
    backend: { ...usual, serviceMs: (random) => (random.next() < 0.7 ? 1 : 64) },
    possible: 20_000 / 19.9,
  }),
  'low rate': usually([everybody(40)], {
    seconds: 300,
    backend: { workers: 4, serviceMs: lognormal(200, 0.5), networkMs: 4 },
    patienceMs: 3000,
    possible: 20,
  }),
  'cpu-bound': overloaded(2, { backend: { workers: 1, serviceMs: lognormal(1, 0.5), networkMs: 0.2 } }),
  'knee 20 to 204': overloaded(12.75, {
    backend: { workers: 17, serviceMs: lognormal(20, 0.5), networkMs: 4, grows: { at: 20_000, by: 153 } },
    possible: (850 + 2 * 8500) / 3,
  }),
  'cv 2': overloaded(2, { backend: { ...usual, serviceMs: lognormal(20, 2) } }),
  'drift 1.1x': overloaded(1.1, { seconds: 600 }),
  'drift 2x': overloaded(2, { seconds: 600 }),
  'fleet 3, 2x': fleet(3, 2),
  'fleet 8, 2x': fleet(8, 2),
  'fleet 8, 5x': fleet(8, 5),
  'fleet 24, 2x': fleet(24, 2),
  'fleet 8, 2x, clocks off': fleet(8, 2, { skewMs: 100 }),
  'retries 1.2x': retrying(1.2),
  'retries 3x': retrying(3),
  'retries 3x, budget': retrying(3, 0.1),
}
