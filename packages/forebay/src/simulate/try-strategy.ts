import type { Flow } from '../flow/flow.ts'
import { show } from '../kernel/check.ts'
import { milliseconds } from '../kernel/duration.ts'
import { seededRandom } from '../kernel/random.ts'
import type { Gate } from '../kernel/gate.ts'
import { settled, VirtualClock } from '../testkit/virtual-clock.ts'
import { arrivedBy } from './arrivals.ts'
import type { Job } from './job.ts'
import { Scene } from './scene.ts'
import { Servers } from './servers.ts'
import { Tally, type Interval, type Latency, type Share } from './tally.ts'
import { flowTrial, gateTrial, type Trial } from './trial.ts'
import type { Stretch, Workload } from './workload.ts'

/**
 * One way of handling the workload: a flow from jobs that arrive to jobs that are done, or a gate at which every job
 * asks when it arrives, as a request does.
 */
export type Strategy<T = number> = (scene: Scene<T>) => Flow<Job<T>> | Gate

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
  /** What the flow may hold at worst, in items, as `explain` says it; of a gate the most that it held. */
  readonly bound: number
  /** Share of the servers' time in which they worked, from the first arrival to the end. */
  readonly busy: number
  /** What became of the jobs of each, where the workload says who they belong to. */
  readonly shares?: Readonly<Record<string, Share>>
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
  const patience = workload.patience === undefined ? Infinity : milliseconds('patience', workload.patience)
  const tally = new Tally<T>(times.length, patience, workload.who)
  const scene = new Scene<T>(
    clock,
    seededRandom(seed + 3),
    times,
    (index) => tally.arrived(item(index, items)),
    servers,
  )
  const built = strategy(scene)
  const isGate = typeof (built as Partial<Gate>).acquire === 'function'
  const trial = isGate
    ? gateTrial(built as Gate, scene, tally, ({ value }) => workload.ask?.(value) ?? {}, patience)
    : flowTrial(built as Flow<Job<T>>, scene, tally)
  const { samples, lost, error } = await play(trial, clock, scene, tally, setting)

  const gone = Object.values(lost).reduce((sum, count) => sum + count, 0)
  const latency = tally.latency()
  const mostHeld = Math.max(0, ...samples.map(({ held }) => held))
  return {
    strategy: name,
    arrived: times.length,
    done: tally.done,
    late: tally.late,
    lost,
    unfinished: Math.max(0, times.length - tally.done - gone),
    ...(latency !== undefined && { latency }),
    mostHeld,
    mostWaiting: Math.max(0, ...samples.map(({ waiting }) => waiting)),
    bound: isGate ? mostHeld : trial.bound,
    busy: servers.busyMs / ((workload.work.servers ?? 1) * Math.max(1, clock.now())),
    ...(workload.who !== undefined && { shares: tally.shares }),
    ...(error !== undefined && { error }),
    samples,
  }
}

/** Moves time until the run is over or its time is up; what is then left is unfinished. */
async function play<T>(
  trial: Trial,
  clock: VirtualClock,
  scene: Scene<T>,
  tally: Tally<T>,
  { stretches, times, drainMs }: Setting<T>,
): Promise<{ samples: Sample[]; lost: Readonly<Record<string, number>>; error?: string }> {
  const length = stretches.at(-1)?.to ?? 0
  const samples: Sample[] = []
  let before = 0
  const sample = (): void => {
    const arrived = arrivedBy(times, clock.now())
    samples.push({
      at: clock.now(),
      arrived: arrived - before,
      held: trial.held(),
      waiting: scene.waiting,
      ...tally.interval(),
    })
    before = arrived
    clock.after(length / SAMPLES, sample)
  }
  clock.after(length / SAMPLES, sample)

  let isOver = false
  let error: unknown
  trial.done.then(
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
  const lost = trial.lost()
  if (isOver) {
    const message = error instanceof Error ? error.message : show(error)
    return { samples, lost, ...(error !== undefined && { error: message }) }
  }
  trial.stop()
  await settled()
  return { samples, lost }
}
