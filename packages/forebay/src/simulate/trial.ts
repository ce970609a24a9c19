import type { Flow } from '../flow/flow.ts'
import type { Gate } from '../kernel/gate.ts'
import { isForebayError } from '../kernel/errors.ts'
import type { Shed } from '../kernel/shed.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Job } from './job.ts'
import type { Scene } from './scene.ts'
import type { Tally } from './tally.ts'

/** What a job asks a gate for: whose it is, and how much it matters and weighs. */
export interface JobAsk {
  key?: string
  level?: 0 | 1 | 2 | 3
  cost?: number
}

/** A strategy at work. */
export interface Trial {
  /** What it may hold at worst, in jobs. */
  readonly bound: number
  readonly done: Promise<unknown>
  /** Jobs that it holds now. */
  held(): number
  /** Jobs lost so far, by reason. */
  lost(): Readonly<Record<string, number>>
  stop(): void
}

/** Jobs that come through a flow. */
export function flowTrial<T>(flow: Flow<Job<T>>, scene: Scene<T>, tally: Tally<T>): Trial {
  const { clock, random } = scene
  const program = flow.to((job) => tally.add(job, clock.now()))
  const bound = program.explain().worstItems
  const run = program.run({ clock, random })
  return {
    bound,
    done: run.done,
    held: () => run.inspect().ledger.inFlight,
    lost: () => {
      const { dropped, deadLettered } = run.inspect().ledger
      return { ...dropped, ...(deadLettered > 0 && { 'dead-letter': deadLettered }) }
    },
    stop: () => run.cancel('the simulation is over'),
  }
}

/** Jobs that ask at a gate as soon as they arrive, as requests do, and are worked on with its permit. */
export function gateTrial<T>(
  gate: Gate,
  scene: Scene<T>,
  tally: Tally<T>,
  askOf: (job: Job<T>) => JobAsk,
  patienceMs: number,
): Trial {
  const { clock, random } = scene
  const requests = new Requests(gate, scene.work, tally, clock)
  const run = scene.arrivals
    .ignoreBackpressure()
    .to((job) => {
      const ask = patienceMs === Infinity ? askOf(job) : { ...askOf(job), deadline: job.at + patienceMs }
      void requests.answer(job, ask)
    })
    .run({ clock, random })
  return {
    bound: Infinity, // replaced by what it held: a gate does not say how many may wait
    done: run.done.then(() => requests.allOver()),
    held: () => requests.open,
    lost: () => requests.lost,
    stop: () => run.cancel('the simulation is over'),
  }
}

class Requests<T> {
  open = 0
  readonly lost: Record<string, number> = {} // bounded by the reasons of sheds
  readonly #gate: Gate
  readonly #work: Scene<T>['work']
  readonly #tally: Tally<T>
  readonly #clock: Clock
  #whenOver: (() => void) | undefined = undefined

  constructor(gate: Gate, work: Scene<T>['work'], tally: Tally<T>, clock: Clock) {
    this.#gate = gate
    this.#work = work
    this.#tally = tally
    this.#clock = clock
  }

  async answer(job: Job<T>, ask: JobAsk & { deadline?: number }): Promise<void> {
    this.open++
    try {
      const permit = await this.#gate.acquire(ask)
      try {
        await this.#work(job)
        permit.release('ok')
        this.#tally.add(job, this.#clock.now())
      } catch {
        permit.release('fail')
        this.#lose('failed')
      }
    } catch (error) {
      this.#lose(isForebayError(error, 'FOREBAY_SHED') ? (error as Shed).reason : 'refused')
    }
    if (--this.open === 0) this.#whenOver?.()
  }

  allOver(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenOver = resolve
      if (this.open === 0) resolve()
    })
  }

  #lose(reason: string): void {
    this.lost[reason] = (this.lost[reason] ?? 0) + 1
  }
}
