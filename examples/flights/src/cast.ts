import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Incidents, script, type Incident } from './incidents.ts'
import { lastWords } from './last-words.ts'
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

export interface CastInspection {
  readonly players: readonly Player[]
  readonly replay: ReplayCounts | undefined
  readonly twin: TwinReport | undefined
  /** The incident that goes on now. */
  readonly incident: Incident | undefined
  /** Who could not be started or has died with an error, a line each. */
  readonly failures: readonly string[]
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
  /** Default {@link script}. */
  readonly incidents?: readonly Incident[]
  /** Told about everything worth a line: who started, who ended and how, what the script does. */
  readonly note?: (message: string) => void
}

const STOP_MS = 2000
const START_MS = 20_000

/**
 * Starts and stops the processes that play around the flow: the enrichment service, the replayer and the twin.
 * Each is linked to this process and goes when it goes, however that happens.
 */
export class Cast {
  readonly #options: CastOptions
  readonly #children = new Map<Role, { child: ChildProcess; player: Player }>() // at most one for each role
  readonly #serviceUrl: Promise<string>
  #serviceIsUp!: (url: string) => void
  #replay: ReplayCounts | undefined
  #twin: TwinReport | undefined
  #isDraining = false
  #isStopping = false
  readonly #failures: string[] = [] // at most one for each role, and one for the start
  /** What is done to the service. */
  readonly incidents: Incidents

  constructor(options: CastOptions = {}) {
    this.#options = options
    this.#serviceUrl = new Promise((resolve) => (this.#serviceIsUp = resolve))
    this.incidents = new Incidents(this.#serviceUrl, (message) => this.#note(message))
  }

  /** Address of the service; waits until it is up. */
  get serviceUrl(): Promise<string> {
    return this.#serviceUrl
  }

  /**
   * Starts the service, waits until it answers, and then starts everybody else and the script. `door` is the address
   * of the door, with its path; without one there is no replayer. Whoever cannot be started is a failure of the cast.
   */
  async start(door?: string): Promise<void> {
    try {
      this.#serviceIsUp(await this.#startService())
      const { twin = true, incidents = script } = this.#options
      if (this.#isStopping) return
      if (door !== undefined) this.#spawn('replayer', 'replayer.js', this.#replayerArguments(door))
      if (twin) this.#spawn('twin', 'twin.js', this.#twinArguments())
      if (!this.#isDraining) this.incidents.begin(incidents)
    } catch (error) {
      this.#fail(`the cast is not complete: ${error instanceof Error ? error.message : String(error)}`)
    }
    for (const { child } of this.#children.values()) {
      child.unref() // the cast ends with the flow's process and must not keep it alive
      child.channel?.unref()
      if (child.stderr instanceof Socket) child.stderr.unref()
    }
  }

  inspect(): CastInspection {
    return {
      players: [...this.#children.values()].map(({ player }) => player),
      replay: this.#replay,
      twin: this.#twin,
      incident: this.incidents.current,
      failures: this.#failures,
    }
  }

  /** Stops the replayer, so that what is on its way can flow out. */
  async stopReplay(): Promise<void> {
    await this.#stop('replayer')
  }

  /** The run drains: nothing more happens to the service. */
  drain(): void {
    this.#isDraining = true
    this.incidents.end().catch((error: unknown) => {
      if (!this.#isStopping) this.#note(`the incident could not be ended: ${String(error)}`)
    })
  }

  /** Stops everybody and resolves when all have gone. Stopping twice is fine. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.drain()
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
    const child = fork(compiled(file), args, { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    const entry = { child, player: { role, pid: child.pid, state: 'running' } as Player }
    this.#children.set(role, entry)
    const words = lastWords(child.stderr)
    child.on('message', (message) => this.#hear(message as { type?: string }))
    child.on('error', (error) => this.#fail(`${role}: ${error.message}`))
    child.on('close', (code, signal) => {
      const exit = code ?? signal ?? 'unknown'
      entry.player = { role, pid: child.pid, state: 'exited', exit }
      if (this.#isStopping) return
      const reason = words() === '' ? '' : `: ${words()}`
      // Ctrl-C goes to every process of a terminal, and may come before this one has learnt to leave it to its parent.
      const isTold = this.#isDraining && signal === 'SIGINT'
      if (code === 0 || isTold) this.#note(`the ${role} has ended (${exit})${reason}`)
      else this.#fail(`the ${role} has ended (${exit})${reason}`)
    })
    this.#note(`the ${role} runs as process ${child.pid}`)
    return child
  }

  async #startService(): Promise<string> {
    const service = this.#spawn('service', 'service-main.js', [])
    const answer = once(service, 'message', { signal: AbortSignal.timeout(START_MS) })
    const end = once(service, 'exit').then(() => Promise.reject(new Error('there is no service')))
    const [message] = (await Promise.race([answer, end])) as [{ url: string }]
    return message.url
  }

  #fail(failure: string): void {
    this.#failures.push(failure)
    this.#note(failure)
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

  async #stop(role: Role): Promise<void> {
    const { child, player } = this.#children.get(role) ?? {}
    if (child === undefined || player?.state !== 'running') return
    const gone = once(child, 'close')
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
