import type { Clock } from 'forebay'
import { sampler } from 'forebay/observe'
import type { Mark } from 'forebay/observe'
import { VirtualClock } from 'forebay/testkit'
import type { ConsoleSource, Pane } from '../src/index.ts'
import { FlightsSimulation, phaseAt } from './flights-simulation.ts'

const stepMs = 250

/**
 * The sampler over a simulated flights flow that has an incident of 12 s every 30 s. It starts `pastMs` into the run,
 * with its history. The verdict looks back on 4 s and holds 1 s, so that a test sees it come and go soon.
 */
export function syntheticSource(clock: Clock, pastMs = 0): ConsoleSource & { close(): void } {
  const time = new VirtualClock(clock.wall() - pastMs)
  const simulation = new FlightsSimulation('r1')
  const run = {
    inspect: () => {
      simulation.advance(time.now() - simulation.ms)
      return simulation.snapshot(time.wall())
    },
  }
  const source = sampler([run], { clock: time, every: stepMs, window: '4s', hold: '1s' })
  let phase = phaseAt(0)
  const step = (): void => {
    const now = phaseAt(time.now())
    if (now !== phase) for (const event of eventsOf(phase, now)) source.mark({ ...event, run: 'r1' })
    phase = now
    time.advanceSync(stepMs)
  }
  while (time.now() < pastMs) step()

  let stop = clock.after(stepMs, tick)
  function tick(): void {
    stop = clock.after(stepMs, tick)
    step()
  }
  return {
    snapshots: () => source.snapshots(),
    why: () => source.why(),
    subscribe: (listener) => source.subscribe(listener),
    history: () => source.history(),
    marks: () => source.marks(),
    scale: (flow) => source.scale(flow),
    extra: () => [twin(simulation.ms)],
    close: () => {
      stop()
      source.stop()
    },
  }
}

type Event = Omit<Mark, 'seq' | 'wall' | 'run'>

function eventsOf(before: string, now: string): Event[] {
  if (now === 'slow' && before === 'calm') {
    return [
      { kind: 'incident', level: 'info', text: 'airport service slows down 8×' },
      aged('fired', 'inbox: oldest item waits more than 2 s'),
    ]
  }
  if (now === 'open') return [{ kind: 'breaker', level: 'warn', text: 'breaker airports opened', subject: 'r1:g0' }]
  if (now === 'half-open') {
    return [{ kind: 'breaker', level: 'info', text: 'breaker airports lets 2 probes through', subject: 'r1:g0' }]
  }
  if (now === 'calm') return [aged('cleared', 'inbox: oldest item waits less than 2 s again')]
  return [{ kind: 'breaker', level: 'info', text: 'breaker airports closed', subject: 'r1:g0' }]
}

function aged(state: 'fired' | 'cleared', text: string): Event {
  const level = state === 'fired' ? 'warn' : 'info'
  return { kind: 'alert', level, alert: { name: 'edge-age:inbox', state }, text, subject: 'r1:e0' }
}

function twin(ms: number): Pane {
  const into = (ms % 30_000) / 1000
  const heapMb = into < 14 ? 11 + into * 0.2 : Math.min(48, 14 + (into - 14) * 6.3)
  const isDead = into > 19.4
  return {
    title: 'The same work, an unbounded array',
    state: isDead ? 'dead' : 'alive',
    heapMb: isDead ? 48 : Math.round(heapMb * 10) / 10,
    limitMb: 48,
    ...(isDead && { error: 'ERR_WORKER_OUT_OF_MEMORY' }),
    sentence: isDead
      ? 'It died with 11,340 records in its array; they are lost.'
      : 'It takes every record at once and keeps what it cannot send.',
  }
}
