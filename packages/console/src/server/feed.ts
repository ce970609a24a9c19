import { createHash } from 'node:crypto'
import type { Clock } from 'forebay'
import type { Mark, Moment } from 'forebay/observe'
import type { ConsoleSource } from '../console-source.ts'
import { encodeFlow } from '../wire/frame.ts'
import type { Frame } from '../wire/frame.ts'
import { flowTopologies } from '../wire/topology.ts'
import type { Topology } from '../wire/topology.ts'

/** What every viewer is shown now, written out once for all of them. */
export interface Picture {
  readonly seq: number
  readonly topologyId: string
  readonly topology: string
  readonly frame: string
}

/** Somebody who watches. `refresh` never waits: a viewer that is behind skips pictures. */
export interface Watcher {
  refresh(): void
  ping(): void
  end(): void
}

const frameMs = 250
const pingMs = 15_000

/**
 * One reader of the source for all viewers: a sample is encoded once however many watch, not at all when nobody does,
 * and at most four times a second however often the source samples.
 */
export class Feed {
  readonly source: ConsoleSource
  readonly #clock: Clock
  readonly #watchers = new Set<Watcher>() // bounded by maxViewers, which the route checks
  readonly #unsubscribe: () => void
  #picture: Picture | undefined
  #stale = true
  #seq = 0
  #refreshedAt = Number.NEGATIVE_INFINITY
  #stopTimer: (() => void) | undefined
  #stopPing: (() => void) | undefined

  constructor(source: ConsoleSource, clock: Clock) {
    this.source = source
    this.#clock = clock
    this.#unsubscribe = source.subscribe(() => this.#sampled())
  }

  get viewers(): number {
    return this.#watchers.size
  }

  /** The newest picture; encodes when there was a sample since the last one. */
  get picture(): Picture {
    if (this.#picture === undefined || this.#stale) {
      this.#stale = false
      const moment = { wall: this.#clock.wall(), snapshots: this.source.snapshots(), why: this.source.why() }
      const topology = topologyOf(moment)
      const panes = this.source.extra?.()
      const frame: Frame = {
        ...frameOf(moment, topology.id, this.source),
        ...(panes !== undefined && { panes, heapMb: heapMb() }),
      }
      this.#picture = {
        seq: ++this.#seq,
        topologyId: topology.id,
        topology: JSON.stringify(topology),
        frame: JSON.stringify(frame),
      }
    }
    return this.#picture
  }

  marksAfter(seq: number): readonly Mark[] {
    return this.source.marks().filter((mark) => mark.seq > seq)
  }

  /** Every kept moment after `wall`, a JSON value a line, each topology before the first frame that needs it. */
  *history(wall: number): Generator<string> {
    let sent = ''
    for (const moment of this.source.history()) {
      if (moment.wall <= wall) continue
      const topology = topologyOf(moment)
      if (topology.id !== sent) {
        sent = topology.id
        yield `${JSON.stringify({ topology })}\n`
      }
      yield `${JSON.stringify({ frame: frameOf(moment, topology.id) })}\n`
    }
  }

  add(watcher: Watcher): () => void {
    this.#watchers.add(watcher)
    this.#stopPing ??= this.#clock.after(pingMs, () => this.#ping())
    watcher.refresh()
    return () => {
      this.#watchers.delete(watcher)
      if (this.#watchers.size === 0) this.#stopTimers()
    }
  }

  close(): void {
    this.#unsubscribe()
    this.#stopTimers()
    for (const watcher of this.#watchers) watcher.end()
    this.#watchers.clear()
  }

  #sampled(): void {
    this.#stale = true
    if (this.#watchers.size === 0 || this.#stopTimer !== undefined) return
    const waitMs = this.#refreshedAt + frameMs - this.#clock.now()
    if (waitMs <= 0) this.#refresh()
    else this.#stopTimer = this.#clock.after(waitMs, () => this.#refresh())
  }

  #refresh(): void {
    this.#stopTimer?.()
    this.#stopTimer = undefined
    this.#refreshedAt = this.#clock.now()
    for (const watcher of this.#watchers) watcher.refresh()
  }

  #ping(): void {
    this.#stopPing = this.#clock.after(pingMs, () => this.#ping())
    for (const watcher of this.#watchers) watcher.ping()
  }

  #stopTimers(): void {
    this.#stopTimer?.()
    this.#stopPing?.()
    this.#stopTimer = this.#stopPing = undefined
  }
}

function heapMb(): number {
  return Math.round(process.memoryUsage().heapUsed / 1e5) / 10
}

function topologyOf(moment: Moment): Topology {
  const flows = flowTopologies(moment.snapshots)
  const id = createHash('sha1').update(JSON.stringify(flows)).digest('base64url').slice(0, 12)
  return { id, flows }
}

function frameOf(moment: Moment, topology: string, live?: ConsoleSource): Frame {
  const flows = moment.snapshots.map((snapshot) => {
    const why = moment.why.find((verdict) => verdict.run === snapshot.run)
    return encodeFlow(snapshot, why, live?.scale?.(snapshot.flow))
  })
  return { topology, wall: moment.wall, flows }
}
