import type { Duplex, Readable, Writable } from 'node:stream'
import { CpuTime } from '../interop/inspect/cpu-time.ts'
import { WatchedFlow, type WatchedStage, type WatchedState } from '../interop/inspect/watched-flow.ts'
import { checkInteger, show } from '../kernel/check.ts'
import { systemClock, type Clock } from '../kernel/clock.ts'
import type { Snapshot } from '../kernel/snapshot.ts'

/** A Node pipeline that is watched. */
export interface WatchedNodeStreams {
  /** The pipeline as a snapshot: two of them, some seconds apart, are what `verdict` reads. */
  inspect(): Snapshot
  /** Takes the counters off again. Called by itself when all streams are closed. */
  stop(): void
}

/** Looking at a pipeline is no reason for the process to stay. */
const idleClock: Clock = {
  ...systemClock,
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms).unref()
    return () => clearTimeout(timer)
  },
}

type AnyStream = Readable | Writable | Duplex

/**
 * Watches the streams of a pipeline that somebody else has built, in their order, so that `verdict` can say which part
 * of it is slow. What the streams do stays the same: it adds no listener, reads nothing and pauses nothing; it counts the
 * calls of `write` and `push`, measures the time that its methods hold the event loop, and looks at the buffers every
 * `everyMs` (default 20). It does not keep the process alive.
 *
 * Throws `TypeError` for what is no Node stream.
 *
 * @example
 * const seen = inspectNodeStreams([source, gunzip, parser, table])
 * const before = seen.inspect()
 * await sleep(1000)
 * console.log(verdict(before, seen.inspect()).sentence)
 */
export function inspectNodeStreams(
  streams: readonly AnyStream[],
  options: { name?: string; names?: readonly string[]; everyMs?: number; clock?: Clock } = {},
): WatchedNodeStreams {
  const { name = 'pipeline', names = [], everyMs = 20, clock = idleClock } = options
  checkInteger('everyMs', everyMs, 1, 60_000)
  const stages: NodeStage[] = []
  const cpu = new CpuTime(clock)
  for (const [at, stream] of streams.entries()) stages.push(new NodeStage(stream, names[at], stages.at(-1), cpu))
  const flow = new WatchedFlow(
    name,
    clock,
    () => stages,
    () => {
      if (!stages.every(({ isOver }) => isOver)) return 'running'
      return stages.some(({ hasFailed }) => hasFailed) ? 'failed' : 'done'
    },
  )
  let stopTimer: (() => void) | undefined
  const stop = (): void => {
    stopTimer?.()
    for (const stage of stages) stage.release()
  }
  const look = (): void => {
    flow.note()
    if (stages.every(({ isOver }) => isOver)) stop()
    else stopTimer = clock.after(everyMs, look)
  }
  look()
  return { inspect: () => flow.inspect(), stop }
}

class NodeStage implements WatchedStage {
  readonly name: string;
  in = 0
  out = 0
  cpuMs = 0
  #next: NodeStage | undefined
  readonly #before: NodeStage | undefined
  readonly #stream: Partial<Readable & Writable>
  readonly #release: (() => void)[] = []

  constructor(stream: AnyStream, name: string | undefined, before: NodeStage | undefined, cpu: CpuTime) {
    if (typeof stream?.on !== 'function' || !('readable' in stream || 'writable' in stream)) {
      throw new TypeError(`inspectNodeStreams: expected Node streams, got ${show(stream)}`)
    }
    this.name = name ?? stream.constructor.name
    this.#stream = stream as Partial<Readable & Writable>
    this.#before = before
    if (before !== undefined) before.#next = this
    this.#wrap('write', (call) => {
      this.in++
      return call()
    })
    this.#wrap('push', (call, chunk) => {
      if (chunk !== null) this.out++
      return call()
    })
    const took = (ms: number): void => {
      this.cpuMs += ms
    }
    for (const method of ['_read', '_write', '_writev'] as const) this.#wrap(method, (call) => cpu.measure(call, took))
  }

  get kind(): string {
    return this.#before === undefined ? 'source' : this.#next === undefined ? 'sink' : 'transform'
  }

  get inFlight(): number {
    return this.#before !== undefined && (this.#stream.writableLength ?? 0) > 0 ? 1 : 0
  }

  get isOver(): boolean {
    return this.#stream.closed === true || this.#stream.destroyed === true
  }

  get hasFailed(): boolean {
    return (this.#stream.errored ?? null) !== null
  }

  state(): WatchedState {
    if (this.#isFull()) return 'blocked'
    return this.inFlight > 0 ? 'busy' : 'starved'
  }

  /** In the buffers between this stream and the next, without the chunk that the next one works on. */
  held(): { length: number; capacity: number; bytes: number; capacityBytes: number } {
    const { readableLength = 0, readableHighWaterMark = 0, readableObjectMode = false } = this.#stream
    const next = this.#next === undefined ? undefined : this.#next.#stream
    const { writableLength = 0, writableHighWaterMark = 0, writableObjectMode = false } = next ?? {}
    const items = (readableObjectMode ? readableLength : 0) + (writableObjectMode ? Math.max(0, writableLength - 1) : 0)
    const bytes = (readableObjectMode ? 0 : readableLength) + (writableObjectMode ? 0 : writableLength)
    const capacity = (readableObjectMode ? readableHighWaterMark : 0) + (writableObjectMode ? writableHighWaterMark : 0)
    const total = readableHighWaterMark + writableHighWaterMark
    return { length: items, capacity, bytes, capacityBytes: total - capacity }
  }

  release(): void {
    for (const release of this.#release.splice(0)) release()
  }

  /** What it has made is taken by nobody: its own buffer is full, or the next stream waits to drain. */
  #isFull(): boolean {
    const { readableLength = 0, readableHighWaterMark = 0, readableEnded = false } = this.#stream
    if (this.#next === undefined || readableEnded) return false
    if (readableLength > 0 && readableLength >= readableHighWaterMark) return true
    return this.#before === undefined && this.#next.#stream.writableNeedDrain === true
  }

  /** A method of its own in front of that of its class, with the same arguments and the same answer. */
  #wrap(method: string, around: (call: () => unknown, chunk: unknown) => unknown): void {
    const stream = this.#stream as Record<string, unknown>
    const original = stream[method]
    if (typeof original !== 'function') return
    const had = Object.hasOwn(stream, method)
    const wrapped = function (this: unknown, ...args: unknown[]): unknown {
      return around(() => Reflect.apply(original, this, args), args[0])
    }
    Object.defineProperty(stream, method, { value: wrapped, configurable: true, writable: true, enumerable: had })
    this.#release.push(() => {
      if (stream[method] !== wrapped) return
      if (had) stream[method] = original
      else Reflect.deleteProperty(stream, method)
    })
  }
}
