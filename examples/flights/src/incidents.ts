/** Something that is done to the service. */
export interface Incident {
  readonly kind: 'slow' | 'fail'
  /** Milliseconds after the script has begun. */
  readonly atMs: number
  readonly forMs: number
  /** How many times slower; for `slow`. */
  readonly factor: number
}

const slow = { kind: 'slow', forMs: 10_000, factor: 8 } as const
const fail = { kind: 'fail', forMs: 5_000, factor: 1 } as const

/** Twenty seconds in, the service is eight times slower for ten seconds; a minute in, it is away for five; and so on. */
export const script: readonly Incident[] = Array.from({ length: 60 }, (_, round) => [
  { ...slow, atMs: 20_000 + round * 90_000 },
  { ...fail, atMs: 65_000 + round * 90_000 },
]).flat()

/** Does to the service what a script says, or somebody at the console, one thing at a time. */
export class Incidents {
  readonly #service: Promise<string>
  readonly #note: (message: string) => void
  readonly #timers = new Set<NodeJS.Timeout>() // one for each incident to come, and one for the end of each that has begun
  #current: Incident | undefined
  #isOver = false

  /** `service` is the address of the service, once it is up. */
  constructor(service: Promise<string>, note: (message: string) => void) {
    this.#service = service
    this.#note = note
  }

  /** The one that goes on now. */
  get current(): Incident | undefined {
    return this.#current
  }

  begin(incidents: readonly Incident[]): void {
    for (const incident of incidents) this.#later(incident.atMs, () => this.play(incident))
  }

  slowDown(): Promise<string> {
    return this.play({ ...slow, atMs: 0 })
  }

  letFail(): Promise<string> {
    return this.play({ ...fail, atMs: 0 })
  }

  /** Begins one now, instead of one that goes on. Resolves to what it does. */
  async play(incident: Incident): Promise<string> {
    if (this.#isOver) throw new Error('the run drains: no more incidents')
    const { kind, forMs, factor } = incident
    const story =
      kind === 'slow' ? `the service is ${factor} times slower for ${forMs} ms` : `the service fails for ${forMs} ms`
    this.#current = incident
    this.#note(story)
    this.#later(forMs, () => {
      if (this.#current !== incident) return
      this.#current = undefined
      this.#note('the incident is over')
    })
    await this.#tell(kind, { factor, forMs })
    return story
  }

  /** Ends the script, and the incident that goes on: what is on its way is to flow out. */
  async end(): Promise<void> {
    this.#isOver = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    if (this.#current === undefined) return
    this.#current = undefined
    this.#note('the incident is over: the run drains')
    await this.#tell('slow', { factor: 1, forMs: 1 }) // the service knows one incident at a time: this one takes its place
  }

  async #tell(kind: Incident['kind'], body: object): Promise<void> {
    await fetch(`${await this.#service}/admin/${kind}`, { method: 'POST', body: JSON.stringify(body) })
  }

  #later(ms: number, act: () => unknown): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      Promise.resolve(act()).catch((error: unknown) => this.#note(`the script failed: ${String(error)}`))
    }, ms)
    timer.unref()
    this.#timers.add(timer)
  }
}
