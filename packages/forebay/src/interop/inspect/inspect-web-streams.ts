import { checkFunction, show } from '../../kernel/check.ts'
import { systemClock, type Clock } from '../../kernel/clock.ts'
import type { Snapshot } from '../../kernel/snapshot.ts'
import { CpuTime } from './cpu-time.ts'
import { WatchedFlow, type WatchedStage, type WatchedState } from './watched-flow.ts'

/** A chain of web streams that is watched. */
export interface WatchedWebStreams {
  /**
   * Makes a stage of what a stream is constructed with: a source (`pull`), a transformer (`transform`) or a sink
   * (`write`). Call it in the order of the chain. The object is returned, with those functions counted and timed.
   */
  watch<S extends object>(name: string, underlying: S): S
  /** The chain as a snapshot: two of them, some seconds apart, are what `verdict` reads. */
  inspect(): Snapshot
}

interface Controller {
  enqueue?: (chunk?: unknown) => void
}

type Member = (this: unknown, ...args: any[]) => unknown

/**
 * Watches a chain of web streams that somebody else has built, so that `verdict` can say which part of it is slow. What
 * the streams do stays the same: nothing is read, locked or buffered. Streams that the runtime makes itself, such as a
 * `CompressionStream`, have no functions that could be watched: put the watched ones around them.
 *
 * @example
 * const seen = inspectWebStreams({ name: 'import' })
 * const done = new ReadableStream(seen.watch('read', { pull }))
 *   .pipeThrough(new TransformStream(seen.watch('parse', { transform })))
 *   .pipeTo(new WritableStream(seen.watch('store', { write })))
 * const before = seen.inspect()
 * await sleep(1000)
 * console.log(verdict(before, seen.inspect()).sentence)
 */
export function inspectWebStreams(options: { name?: string; clock?: Clock } = {}): WatchedWebStreams {
  const { name = 'web streams', clock = systemClock } = options
  const stages: WebStage[] = []
  const cpu = new CpuTime(clock)
  const flow = new WatchedFlow(name, clock, () => stages)
  return {
    watch: (stageName, underlying) => {
      if (typeof underlying !== 'object' || underlying === null) {
        throw new TypeError(`watch: expected a source, a transformer or a sink, got ${show(underlying)}`)
      }
      const before = stages.at(-1)
      const stage = new WebStage(stageName, before, cpu, () => flow.note())
      if (before !== undefined) before.next = stage
      stages.push(stage) // one for each stream of the chain
      return stage.counted(underlying)
    },
    inspect: () => flow.inspect(),
  }
}

class WebStage implements WatchedStage {
  readonly name: string
  kind: 'source' | 'transform' | 'sink' = 'source'
  next: WebStage | undefined;
  in = 0
  out = 0
  inFlight = 0
  cpuMs = 0
  readonly #before: WebStage | undefined
  readonly #cpu: CpuTime
  readonly #note: () => void
  /** Controllers whose `enqueue` is counted already. */
  readonly #known = new WeakSet<object>()

  constructor(name: string, before: WebStage | undefined, cpu: CpuTime, note: () => void) {
    this.name = name
    this.#before = before
    this.#cpu = cpu
    this.#note = note
  }

  /** A source that is asked and has not answered is slow input, not work. Who has input and does nothing is held back. */
  state(): WatchedState {
    if (this.kind === 'source') return this.inFlight > 0 ? 'starved' : 'blocked'
    if (this.inFlight > 0) return 'busy'
    const hasInput = this.#before !== undefined && this.#before.held().length > 0
    return this.kind === 'transform' && hasInput ? 'blocked' : 'starved'
  }

  held(): { length: number; capacity: number } {
    return { length: this.next === undefined ? 0 : Math.max(0, this.out - this.next.in), capacity: 0 }
  }

  counted<S extends object>(underlying: S): S {
    const members = underlying as Record<string, Member | undefined>
    if (members['write'] !== undefined) this.kind = 'sink'
    else if (members['transform'] !== undefined || members['flush'] !== undefined) this.kind = 'transform'
    for (const name of ['start', 'pull', 'transform', 'write', 'flush'] as const) {
      const member = members[name]
      if (member === undefined) continue
      checkFunction(name, member)
      members[name] = this.#watched(name, member, underlying)
    }
    return underlying
  }

  #watched(name: 'start' | 'pull' | 'transform' | 'write' | 'flush', member: Member, owner: object): Member {
    const takes = name === 'transform' || name === 'write'
    return (...args) => {
      this.#count(args.at(-1))
      if (name === 'start') return member.apply(owner, args)
      if (takes) this.in++
      this.inFlight++
      this.#note()
      const over = (): void => {
        this.inFlight--
        this.#note()
      }
      let result: unknown
      try {
        result = this.#cpu.measure(
          () => member.apply(owner, args),
          (ms) => {
            this.cpuMs += ms
          },
        )
      } catch (error) {
        over()
        throw error
      }
      if (typeof (result as PromiseLike<unknown> | undefined)?.then !== 'function') {
        over()
        return result
      }
      return (result as PromiseLike<unknown>).then(
        (value) => {
          over()
          return value
        },
        (error: unknown) => {
          over()
          throw error
        },
      )
    }
  }

  /** What goes out is what the controller is given. */
  #count(controller: unknown): void {
    const { enqueue } = Object(controller) as Controller
    if (typeof enqueue !== 'function' || this.#known.has(controller as object)) return
    this.#known.add(controller as object)
    ;(controller as Controller).enqueue = (chunk) => {
      enqueue.call(controller, chunk)
      this.out++
      this.#note()
    }
  }
}
