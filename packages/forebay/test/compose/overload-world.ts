import { admit } from '../../src/gates/admit/admit.ts'
import type { Gate, Level } from '../../src/kernel/gate.ts'
import { seededRandom } from '../../src/kernel/random.ts'
import type { Random } from '../../src/kernel/random.ts'
import { VirtualClock } from '../../src/testkit/virtual-clock.ts'

/** Who asks, how often, and how much it matters. */
export interface Client {
  readonly name: string
  readonly perSecond: number
  readonly level?: Level
}

export interface OverloadResult {
  /** Share of the backend's capacity that ended as answers in time. */
  readonly goodput: number
  readonly p99Ms: number
  /** Share of each client's requests that were answered in time, and their p99. */
  readonly clients: Readonly<Record<string, { readonly ok: number; readonly p99Ms: number }>>
  readonly mostAtOnce: number
}

const workers = 20
const serviceMs = 20
const networkMs = 4
const patienceMs = 1000
export const capacityPerSecond = (workers / serviceMs) * 1000

/**
 * The overload model of our research in virtual time: a backend of 20 workers that take 20 ms (lognormal, coefficient of
 * variation 0.5) behind a network of 4 ms, so 1,000 requests a second and a knee at 24 in flight; requests
 * arrive at random times and are worth nothing after a second.
 */
export async function overload(options: {
  clients: readonly Client[]
  gate: (clock: VirtualClock) => Gate
  seconds: number
  seed: number
  tellsDeadline?: boolean
}): Promise<OverloadResult> {
  const { clients, seconds, tellsDeadline = true } = options
  const clock = new VirtualClock()
  const random = seededRandom(options.seed)
  const gate = options.gate(clock)
  const backend = new Backend(clock, random)
  const latencies: Record<string, number[]> = {}
  const asked: Record<string, number> = {}

  for (const { name, perSecond, level = 1 } of clients) {
    latencies[name] = []
    asked[name] = 0
    const arrive = (): void => {
      const at = clock.now()
      if (at > seconds * 1000) return
      asked[name] = (asked[name] ?? 0) + 1
      const ask = { level, key: name, ...(tellsDeadline && { deadline: at + patienceMs }) }
      admit(gate, () => backend.request(), ask).then(
        () => latencies[name]?.push(clock.now() - at),
        () => {},
      )
      clock.after((-Math.log(1 - random.next()) * 1000) / perSecond, arrive)
    }
    arrive()
  }
  await clock.advance(seconds * 1000 + 2 * patienceMs)

  const inTime = (name: string): number[] => (latencies[name] ?? []).filter((ms) => ms <= patienceMs)
  const everybody = clients.flatMap(({ name }) => inTime(name))
  return {
    goodput: everybody.length / (capacityPerSecond * seconds),
    p99Ms: percentile(everybody, 0.99),
    clients: Object.fromEntries(
      clients.map(({ name }) => [
        name,
        { ok: inTime(name).length / (asked[name] ?? 1), p99Ms: percentile(inTime(name), 0.99) },
      ]),
    ),
    mostAtOnce: backend.mostAtOnce,
  }
}

class Backend {
  mostAtOnce = 0
  #inFlight = 0
  #busy = 0
  readonly #queue: (() => void)[] = []
  readonly #clock: VirtualClock
  readonly #random: Random

  constructor(clock: VirtualClock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  async request(): Promise<void> {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#inFlight)
    await this.#pass(networkMs / 2)
    if (this.#busy === workers) await new Promise<void>((resolve) => void this.#queue.push(resolve))
    else this.#busy++
    await this.#pass(this.#serviceTime())
    const next = this.#queue.shift()
    if (next === undefined) this.#busy--
    else next()
    await this.#pass(networkMs / 2)
    this.#inFlight--
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(ms, resolve))
  }

  #serviceTime(): number {
    const sigma = Math.sqrt(Math.log(1.25))
    const normal = Math.sqrt(-2 * Math.log(1 - this.#random.next())) * Math.cos(2 * Math.PI * this.#random.next())
    return serviceMs * Math.exp(sigma * normal - (sigma * sigma) / 2)
  }
}

function percentile(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? 0
}
