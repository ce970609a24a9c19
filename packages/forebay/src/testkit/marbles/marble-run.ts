import { isForebayError } from '../../kernel/errors.ts'
import type { RunOptions } from '../../kernel/run.ts'
import { same } from '../compare.ts'
import type { World } from '../world.ts'
import { drawLane, readData, readDemand, type Lane, type LaneEvent, type Values } from './lane.ts'
import { play, type Recording, type Score } from './play.ts'

/** One lane, or one for each input or output. */
export type Lanes = string | readonly string[]

/** What goes into a piece of flow: data from above, demand from below. */
export interface LanesIn {
  /** What the sources send, one lane per input; items wait for demand. */
  data?: Lanes
  /** What the consumers ask for, one lane per output; default everything at once. */
  demand?: Lanes
  /** What characters of data lanes stand for; a digit is that number, a letter itself. */
  values?: Values
  /** Options of the run, such as a store. */
  options?: RunOptions
}

/** What is to come out. What is not named is not looked at, but for `lost`: whatever was thrown away must be named. */
export interface LanesOut {
  out?: Lanes
  /** What each source is asked for: credit as it comes, `!` for a cancellation. */
  upstream?: Lanes
  /** Items thrown away, by reason; default none. */
  lost?: Readonly<Record<string, number>>
  /** Code or message of the error with which it fails. */
  error?: string
  /** What the run of a program resolves to. */
  result?: unknown
}

/** What came out, drawn as lanes. */
export interface LanesDrawn {
  readonly out: readonly string[]
  readonly upstream: readonly string[]
  readonly lost: Readonly<Record<string, number>>
}

/** Lanes that are played in a world: nothing happens until the result is asked for, and then it happens once. */
export class MarbleRun {
  readonly #world: World
  readonly #build: Score['build']
  readonly #given: LanesIn
  #recording: Promise<Recording> | undefined

  constructor(world: World, build: Score['build'], given: LanesIn) {
    this.#world = world
    this.#build = build
    this.#given = given
  }

  /** Plays the lanes and gives what has happened, one event at a time. */
  events(): Promise<Recording> {
    return this.#play(0)
  }

  /** Plays the lanes and draws what came out. */
  async lanes(): Promise<LanesDrawn> {
    const { out, upstream, lost } = await this.#play(0)
    const draw = (lane: readonly LaneEvent[]): string => drawLane(lane, this.#given.values)
    return { out: out.map(draw), upstream: upstream.map(draw), lost }
  }

  /** Plays the lanes and throws, with both pictures, unless what comes out is just this. */
  async toBe(expected: LanesOut): Promise<void> {
    const { values } = this.#given
    const out = all(expected.out).map((lane) => readData(lane, values))
    const upstream = all(expected.upstream).map(readDemand)
    const recording = await this.#play(Math.max(0, ...[...out, ...upstream].map(({ length }) => length)))
    const lines = [
      ...(expected.out === undefined ? [] : differences('out', out, recording.out, values)),
      ...(expected.upstream === undefined ? [] : differences('upstream', upstream, recording.upstream, values)),
      ...lossDifference(expected.lost ?? {}, recording.lost),
      ...outcomeDifference(expected, recording.outcome),
      ...(recording.balanced ? [] : ['the ledger does not balance']),
    ]
    if (lines.length > 0) throw new Error([...this.#story(), ...lines].join('\n'))
  }

  #play(until: number): Promise<Recording> {
    const { data, demand, values, options = {} } = this.#given
    const inputs = all(data).map((lane) => readData(lane, values))
    const outputs = demand === undefined ? [readDemand('*'), readDemand('*')] : all(demand).map(readDemand)
    const last = Math.max(until, ...[...inputs, ...outputs].map(({ length }) => length))
    this.#recording ??= play(this.#world, { data: inputs, demand: outputs, build: this.#build, options, until: last })
    return this.#recording
  }

  #story(): string[] {
    const { data, demand } = this.#given
    return [
      ...all(data).map((lane, at) => `  data${number(at, all(data))}: ${lane}`),
      ...all(demand).map((lane, at) => `  demand${number(at, all(demand))}: ${lane}`),
    ]
  }
}

function all(lanes: Lanes | undefined): readonly string[] {
  if (lanes === undefined) return []
  return typeof lanes === 'string' ? [lanes] : lanes
}

function number(at: number, lanes: readonly unknown[]): string {
  return lanes.length > 1 ? ` ${at}` : ''
}

function differences(
  name: string,
  expected: readonly Lane[],
  got: readonly (readonly LaneEvent[])[],
  values: Values | undefined,
): string[] {
  return expected.flatMap(({ events }, at) => {
    const came = got[at] ?? []
    if (same(events, came)) return []
    return [
      `${name}${number(at, expected)} expected: ${drawLane(events, values)}`,
      `${name}${number(at, expected)} got:      ${drawLane(came, values)}`,
    ]
  })
}

function lossDifference(expected: Readonly<Record<string, number>>, lost: Readonly<Record<string, number>>): string[] {
  if (same(expected, lost)) return []
  return [`lost expected: ${JSON.stringify(expected)}`, `lost got:      ${JSON.stringify(lost)}`]
}

function outcomeDifference({ error, result }: LanesOut, outcome: Recording['outcome']): string[] {
  const lines: string[] = []
  if (error !== undefined) {
    const value = outcome?.ok === false ? outcome.value : undefined
    const message = value instanceof Error ? value.message : String(value)
    if (!isForebayError(value, error as 'FOREBAY_STALL') && message !== error) {
      lines.push(`error expected: ${error}`, `error got:      ${outcome?.ok === false ? message : 'none'}`)
    }
  }
  if (result !== undefined && !(outcome?.ok === true && same(outcome.value, result))) {
    const got = outcome === undefined ? 'no end' : outcome.ok ? JSON.stringify(outcome.value) : String(outcome.value)
    lines.push(`result expected: ${JSON.stringify(result)}`, `result got:      ${got}`)
  }
  return lines
}
