import { Flow } from '../../flow/flow.ts'
import { Program } from '../../flow/program.ts'
import type { SinkNode } from '../../kernel/plan.ts'
import { UNBOUNDED } from '../../kernel/receiver.ts'
import type { RunOptions } from '../../kernel/run.ts'
import { ProbePull } from '../probe-pull.ts'
import { ProbeReceiver } from '../probe-receiver.ts'
import type { World } from '../world.ts'
import { creditOf, type Lane, type LaneEvent } from './lane.ts'

/** What is played: lanes of data for the inputs, lanes of demand for the outputs, and what lies between. */
export interface Score {
  readonly data: readonly Lane[]
  readonly demand: readonly Lane[]
  readonly build: (flows: readonly Flow<any>[]) => readonly Flow<any>[] | Program<any>
  readonly options: RunOptions
  /** Played at least to here, ms. */
  readonly until: number
}

/** What has happened, as lanes. */
export interface Recording {
  readonly out: readonly (readonly LaneEvent[])[]
  /** What each input was asked for, and when it was cancelled. */
  readonly upstream: readonly (readonly LaneEvent[])[]
  /** Items that were thrown away, by reason. */
  readonly lost: Readonly<Record<string, number>>
  readonly balanced: boolean
  /** How the run ended, as far as it did. */
  readonly outcome: { readonly ok: boolean; readonly value: unknown } | undefined
}

/** Time after the last lane in which what is still on its way may come, ms. */
const TAIL_MS = 1000

/** Plays lanes in a world. Within an instant what is due comes first, then demand, then data. */
export async function play(world: World, score: Score): Promise<Recording> {
  const start = world.clock.now()
  const now = (): number => Math.round(world.clock.now() - start)
  const inputs = score.data.map(() => new InputTape(now))
  const outputs: OutputTape[] = []
  const built = score.build(
    inputs.map((input, at) => new Flow({ type: 'source', name: `input ${at}`, create: () => input.probe })),
  )
  const program = built instanceof Program ? built : between(built, outputs, now)
  let outcome: Recording['outcome']
  const run = world.run(program, score.options)
  run.done.then(
    (value) => (outcome = { ok: true, value }),
    (value: unknown) => (outcome = { ok: false, value }),
  )
  const listen = (): void => inputs.forEach((input) => input.listen())
  const moments = [...new Set([...score.data, ...score.demand].flatMap(({ events }) => events.map(({ at }) => at)))]
  const due = [...moments.toSorted((a, b) => a - b), score.until]
  for (const moment of due) {
    await passTo(world, start + moment, listen)
    outputs.forEach((output, index) => output.act(at(score.demand[index], moment)))
    listen()
    inputs.forEach((input, index) => input.act(at(score.data[index], moment)))
    await passTo(world, start + moment, listen)
  }
  const end = world.clock.now() + TAIL_MS
  while (outcome === undefined && world.clock.nextAt !== undefined && world.clock.nextAt <= end) {
    await passTo(world, world.clock.nextAt, listen)
  }
  const { balanced, ledger } = run.inspect()
  const recording = {
    out: outputs.map(({ events }) => [...events]),
    upstream: inputs.map(({ events }) => [...events]),
    lost: { ...ledger.dropped },
    balanced,
    outcome,
  }
  run.cancel('the lanes are over')
  return recording
}

/** Lets time pass up to and with an instant, looking at every change on the way. */
async function passTo(world: World, moment: number, look: () => void): Promise<void> {
  const { clock } = world
  await world.advance(0)
  look()
  while (clock.nextAt !== undefined && clock.nextAt <= moment) {
    await world.advance(clock.nextAt - clock.now())
    look()
  }
  if (moment > clock.now()) await world.advance(moment - clock.now())
}

function at(lane: Lane | undefined, moment: number): LaneEvent[] {
  return lane?.events.filter((event) => event.at === moment) ?? []
}

function between(flows: readonly Flow<any>[], outputs: OutputTape[], now: () => number): Program<any> {
  const sinks = flows.map((flow, index): SinkNode => ({
    type: 'sink',
    name: `output ${index}`,
    input: flow.node,
    bound: 0,
    slots: 1,
    fused: false,
    create: (_env, stage) => (outputs[index] = new OutputTape(new ProbeReceiver(stage), now)).probe,
  }))
  return new Program([...sinks, ...new Set(flows.flatMap((flow) => flow.sides))])
}

/** An input and what it is asked for. */
class InputTape {
  readonly probe: ProbePull = new ProbePull()
  readonly events: LaneEvent[] = []
  readonly #now: () => number
  #granted = 0
  #isCancelled = false

  constructor(now: () => number) {
    this.#now = now
    // The item that is being handed over is counted already, and has not been paid for yet.
    this.probe.onHanding = () => this.#look(this.probe.handed - 1 + this.probe.credit)
  }

  act(events: readonly LaneEvent[]): void {
    for (const event of events) {
      if (event.kind === 'next') this.probe.put(event.value)
      else if (event.kind === 'complete') this.probe.end()
      else if (event.kind === 'fail') this.probe.end({ error: new Error('failed') })
    }
  }

  /** Writes down credit that has come since, and a cancellation. */
  listen(): void {
    const { probe } = this
    if (!probe.isOver) this.#look(probe.handed + probe.credit)
    if (this.#isCancelled || probe.cancels.length === 0) return
    this.#isCancelled = true
    this.events.push({ at: this.#now(), kind: 'cancel' })
  }

  #look(credit: number): void {
    const granted = creditOf(credit)
    const count = granted === UNBOUNDED && this.#granted < UNBOUNDED ? UNBOUNDED : granted - this.#granted
    if (count > 0) this.#asked(count)
    this.#granted = granted
  }

  /** What is asked for within one instant is one request. */
  #asked(count: number): void {
    const at = this.#now()
    const last = this.events.at(-1)
    const isSame = last?.kind === 'request' && last.at === at
    if (isSame) this.events.pop()
    this.events.push({ at, kind: 'request', count: isSame ? last.count + count : count })
  }
}

/** An output and what comes out of it. */
class OutputTape {
  readonly probe: ProbeReceiver
  readonly events: LaneEvent[] = []

  constructor(probe: ProbeReceiver, now: () => number) {
    this.probe = probe
    probe.inside = (value) => this.events.push({ at: now(), kind: 'next', value })
    probe.onEnd = (state) => this.events.push({ at: now(), kind: state === 'completed' ? 'complete' : 'fail' })
  }

  act(events: readonly LaneEvent[]): void {
    for (const event of events) {
      if (event.kind === 'request') this.probe.request(event.count)
      else if (event.kind === 'cancel') this.probe.cancel('cancelled by a lane')
    }
  }
}
