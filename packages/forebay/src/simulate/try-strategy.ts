import type { Flow } from '../flow/flow.ts'
import { show } from '../kernel/check.ts'
import { milliseconds } from '../kernel/duration.ts'
import { seededRandom } from '../kernel/random.ts'
import type { Run } from '../kernel/run.ts'
import type { FlowLedger } from '../kernel/snapshot.ts'
import { settled, VirtualClock } from '../testkit/virtual-clock.ts'
import { arrivedBy } from './arrivals.ts'
import type { Job } from './job.ts'
import { Scene } from './scene.ts'
import { Servers } from './servers.ts'
import { Tally, type Interval, type Latency } from './tally.ts'
import type { Stretch, Workload } from './workload.ts'

/** One way of handling the workload: from jobs that arrive to jobs that are done. */
export type Strategy<T = number> = (scene: Scene<T>) => Flow<Job<T>>

/** The state of affairs at one time. */
export interface Sample extends Interval {
  /** ms from the beginning. */
  readonly at: number
  /** Jobs arrived since the sample before. */
  readonly arrived: number
  /** Jobs in the flow. */
  readonly held: number
  /** Jobs that wait at a producer that was slowed. */
  readonly waiting: number
}

/** What became of the workload under one strategy. */
export interface Outcome {
  readonly strategy: string
  readonly arrived: number
  readonly done: number
  /** Of those done, how many were after the patience of who had asked. */
  readonly late: number
  /** Jobs lost, by the reason of the ledger. */
  readonly lost: Readonly<Record<string, number>>
  /** Jobs that were not done when the simulation ended. */
  readonly unfinished: number
  /** From arrival to the end of the flow, ms; absent when nothing was done. */
  readonly latency?: Latency
  /** The most jobs in the flow, and at the producer, of all samples. */
  readonly mostHeld: number
  readonly mostWaiting: number
  /** What the flow may hold at worst, in items, as `explain` says it. */
  readonly bound: number
  /** Share of the servers' time in which they worked, from the first arrival to the end. */
  readonly busy: number
  /** What the flow failed with. */
  readonly error?: string
  readonly samples: readonly Sample[]
}

/** Everything that is the same for all strategies. */
export interface Setting<T> {
  readonly workload: Workload<T>
  readonly stretches: readonly Stretch[]
  readonly times: Float64Array
  readonly seed: number
  /** How long after the last phase jobs may still be done, ms. */
  readonly drainMs: number
}

const SAMPLES = 120

/** Runs one strategy from the first arrival until everything is done, in virtual time. */
export async function tryStrategy<T>(name: string, strategy: Strategy<T>, setting: Setting<T>): Promise<Outcome> {
  const { workload, stretches, times, seed } = setting
  const clock = new VirtualClock()
  const servers = new Servers<T>(clock, workload.work, stretches, seed)
  const items = seededRandom(seed + 2)
  const item = workload.item ?? ((index: number) => index as T)
  const scene = new Scene<T>(clock, seededRandom(seed + 3), times, (index) => item(index, items), servers)
  const patience = workload.patience === undefined ? Infinity : milliseconds('patience', workload.patience)
  const tally = new Tally(times.length, patience)
  const program = strategy(scene).to((job) => tally.add(job, clock.now()))
  const bound = program.explain().worstItems
  const run = program.run({ clock, random: scene.random })
  const { samples, ledger, error } = await play(run, clock, scene, tally, setting)

  const lost = { ...ledger.dropped, ...(ledger.deadLettered > 0 && { 'dead-letter': ledger.deadLettered }) }
  const gone = Object.values(lost).reduce((sum, count) => sum + count, 0)
  const latency = tally.latency()
  return {
    strategy: name,
    arrived: times.length,
    done: tally.done,
    late: tally.late,
    lost,
    unfinished: Math.max(0, times.length - tally.done - gone),
    ...(latency !== undefined && { latency }),
    mostHeld: Math.max(0, ...samples.map(({ held }) => held)),
    mostWaiting: Math.max(0, ...samples.map(({ waiting }) => waiting)),
    bound,
    busy: servers.busyMs / ((workload.work.servers ?? 1) * Math.max(1, clock.now())),
    ...(error !== undefined && { error }),
    samples,
  }
}

/** Moves time until the run is over or its time is up; what is then left is unfinished. */
async function play<T>(
  run: Run,
  clock: VirtualClock,
  scene: Scene<T>,
  tally: Tally,
  { stretches, times, drainMs }: Setting<T>,
): Promise<{ samples: Sample[]; ledger: FlowLedger; error?: string }> {
  const length = stretches.at(-1)?.to ?? 0
  const samples: Sample[] = []
  let before = 0
  const sample = (): void => {
    const arrived = arrivedBy(times, clock.now())
    const { inFlight } = run.inspect().ledger
    samples.push({
      at: clock.now(),
      arrived: arrived - before,
      held: inFlight,
      waiting: scene.waiting,
      ...tally.interval(),
    })
    before = arrived
    clock.after(length / SAMPLES, sample)
  }
  clock.after(length / SAMPLES, sample)

  let isOver = false
  let error: unknown
  run.done.then(
    () => (isOver = true),
    (reason: unknown) => {
      isOver = true
      error = reason
    },
  )
  while (!isOver && (clock.nextAt ?? Infinity) <= length + drainMs) {
    clock.step()
    await settled()
  }
  // Before the rest is cancelled: what is still held is unfinished, not lost.
  const { ledger } = run.inspect()
  if (isOver) {
    const message = error instanceof Error ? error.message : show(error)
    return { samples, ledger, ...(error !== undefined && { error: message }) }
  }
  run.cancel('the simulation is over')
  await settled()
  return { samples, ledger }
}
