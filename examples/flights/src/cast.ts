import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ReplayCounts } from './replay.ts'
import type { TwinReport } from './twin.ts'

/** The processes around the flow. */
export type Role = 'service' | 'replayer' | 'twin'

/** One of them, as it is now. A process that ends is not started again: what happened stays to be seen. */
export interface Player {
  readonly role: Role
  readonly pid: number | undefined
  readonly state: 'running' | 'exited'
  /** How it ended: an exit code or a signal. */
  readonly exit?: number | string
}

/** Something that the script does to the service. */
export interface Incident {
  readonly kind: 'slow' | 'fail'
  /** Milliseconds after the cast has started. */
  readonly atMs: number
  readonly forMs: number
  /** How many times slower; for `slow`. */
  readonly factor: number
}

export interface CastInspection {
  readonly players: readonly Player[]
  readonly replay: ReplayCounts | undefined
  readonly twin: TwinReport | undefined
  /** The incident that goes on now. */
  readonly incident: Incident | undefined
}

export interface CastOptions {
  readonly rate?: number
  /** Flights a second that the twin's sink takes; default 2500. */
  readonly pace?: number
  readonly from?: number
  readonly to?: number
  readonly seed?: number
  /** Where the replayer notes what was acknowledged. */
  readonly ackLog?: string
  readonly twin?: boolean
  /** Default the script below. */
  readonly incidents?: readonly Incident[]
  /** Told about everything worth a line: who started, who ended and how, what the script does. */
  readonly note?: (message: string) => void
}

/** Twenty seconds in, the service is eight times slower for ten seconds; a minute in, it is away for five; and so on. */
const script: readonly Incident[] = Array.from({ length: 60 }, (_, round) => [
  { kind: 'slow', atMs: 20_000 + round * 90_000, forMs: 10_000, factor: 8 } as const,
  { kind: 'fail', atMs: 65_000 + round * 90_000, forMs: 5_000, factor: 1 } as const,
]).flat()

const STOP_MS = 2000
const START_MS = 20_000

/**
 * Starts and stops the processes that play around the flow: the enrichment service, the replayer and the twin.
 * Each is linked to this process and goes when it goes, however that happens.
 */
export class Cast {
  readonly #options: CastOptions
  readonly #children = new Map<Role, { child: ChildProcess; player: Player }>() // at most one for each role
  readonly #timers = new Set<NodeJS.Timeout>() // two for each incident of the script
  readonly #serviceUrl: Promise<string>
  #serviceIsUp!: (url: string) => void
  #replay: ReplayCounts | undefined
  #twin: TwinReport | undefined
  #incident: Incident | undefined
  #isStopping = false

  constructor(options: CastOptions = {}) {
    this.#options = options
    this.#serviceUrl = new Promise((resolve) => (this.#serviceIsUp = resolve))
  }

  /** Address of the service; waits until it is up. */
  get serviceUrl(): Promise<string> {
    return this.#serviceUrl
  }

  /**
   * Starts the service, waits until it answers, and then starts everybody else and the script. `door` is the address
   * of the door, with its path; without one there is no replayer.
   */
  async start(door?: string): Promise<void> {
    const service = this.#spawn('service', 'service-main.js', [])
    const [message] = (await once(service, 'message', { signal: AbortSignal.timeout(START_MS) })) as [{ url: string }]
    this.#serviceIsUp(message.url)
    const { twin = true, incidents = script } = this.#options
    if (this.#isStopping) return
    if (door !== undefined) this.#spawn('replayer', 'replayer.js', this.#replayerArguments(door))
    if (twin) this.#spawn('twin', 'twin.js', this.#twinArguments())
    for (const incident of incidents) this.#later(incident.atMs, () => this.#play(incident))
    for (const { child } of this.#children.values()) {
      child.unref() // the cast ends with the flow's process and must not keep it alive
      child.channel?.unref()
    }
  }

  inspect(): CastInspection {
    return {
      players: [...this.#children.values()].map(({ player }) => player),
      replay: this.#replay,
      twin: this.#twin,
      incident: this.#incident,
    }
  }

  /** Stops the replayer, so that what is on its way can flow out. */
  async stopReplay(): Promise<void> {
    await this.#stop('replayer')
  }

  /** Stops everybody and resolves when all have gone. Stopping twice is fine. */
  async stop(): Promise<void> {
    this.#isStopping = true
    for (const timer of this.#timers) clearTimeout(timer)
    await Promise.all([...this.#children.keys()].map((role) => this.#stop(role)))
  }

  #replayerArguments(door: string): string[] {
    const { rate, from, to, seed, ackLog } = this.#options
    return flags({ url: door, rate, from, to, seed, 'ack-log': ackLog })
  }

  #twinArguments(): string[] {
    const { rate, pace } = this.#options
    return flags({ rate, 'sink-rate': pace })
  }

  #spawn(role: Role, file: string, args: readonly string[]): ChildProcess {
    const child = fork(compiled(file), args, { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    const entry = { child, player: { role, pid: child.pid, state: 'running' } as Player }
    this.#children.set(role, entry)
    child.on('message', (message) => this.#hear(message as { type?: string }))
    child.on('error', (error) => this.#note(`${role}: ${error.message}`))
    child.on('exit', (code, signal) => {
      entry.player = { role, pid: child.pid, state: 'exited', exit: code ?? signal ?? 'unknown' }
      if (!this.#isStopping) this.#note(`the ${role} has ended (${entry.player.exit})`)
    })
    this.#note(`the ${role} runs as process ${child.pid}`)
    return child
  }

  #hear(message: { type?: string }): void {
    if (message.type === 'replay') {
      const { state, ...replay } = message as unknown as ReplayCounts & { state: string }
      this.#replay = replay
      if (state === 'done') this.#note(`the replay is done: ${replay.acknowledged} flights acknowledged`)
    }
    if (message.type !== 'twin') return
    this.#twin = message as TwinReport
    if (this.#twin.state === 'dead')
      this.#note(`the twin has died: ${this.#twin.error}, ${this.#twin.held} flights held`)
  }

  async #play(incident: Incident): Promise<void> {
    const { kind, forMs, factor } = incident
    this.#incident = incident
    this.#note(
      kind === 'slow' ? `the service is ${factor} times slower for ${forMs} ms` : `the service fails for ${forMs} ms`,
    )
    this.#later(forMs, () => {
      this.#incident = undefined
      this.#note('the incident is over')
    })
    await fetch(`${await this.#serviceUrl}/admin/${kind}`, { method: 'POST', body: JSON.stringify({ factor, forMs }) })
  }

  #later(ms: number, act: () => unknown): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      Promise.resolve(act()).catch((error: unknown) => this.#note(`the script failed: ${String(error)}`))
    }, ms)
    timer.unref()
    this.#timers.add(timer)
  }

  async #stop(role: Role): Promise<void> {
    const { child, player } = this.#children.get(role) ?? {}
    if (child === undefined || player?.state !== 'running') return
    const gone = once(child, 'exit')
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    child.kill('SIGTERM')
    await gone
    clearTimeout(kill)
  }

  #note(message: string): void {
    this.#options.note?.(message)
  }
}

function flags(given: Readonly<Record<string, string | number | undefined>>): string[] {
  return Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)]))
}

/** A file of this package as the compiler leaves it; children run on Node alone, whatever loads this module. */
function compiled(file: string): string {
  const path = fileURLToPath(new URL(`../dist/${file}`, import.meta.url))
  if (!existsSync(path)) throw new Error(`${path} does not exist: build the example first (npm run build)`)
  return path
}
