import { inWords } from 'forebay/simulate'
import type { Screen } from '../../run/screen.ts'
import type { LoadRun, LoadStatus } from '../drive/load.ts'

const EVERY_MS = 1000
const EVERY_MS_IN_A_LOG = 5000

/** Shows how a run stands: every second on a terminal, every five seconds in a log. */
export function progress(screen: Screen, run: LoadRun): { stop(): void } {
  let before = run.inspect()
  const timer = setInterval(
    () => {
      const now = run.inspect()
      screen.show([progressLine(before, now)])
      before = now
    },
    screen.inPlace ? EVERY_MS : EVERY_MS_IN_A_LOG,
  )
  return { stop: () => clearInterval(timer) }
}

/** What has ended between two looks, as rates; a request counts when it has ended. */
export function progressLine(before: LoadStatus, now: LoadStatus): string {
  const { elapsedMs, totalMs, phase, inFlight, recent } = now
  if (elapsedMs < 0) return `warming up · ${inWords(-elapsedMs)} more · ${inFlight} in flight`
  const seconds = Math.max(1, elapsedMs - Math.max(0, before.elapsedMs)) / 1000
  const rate = (name: 'ok' | 'shed' | 'failed' | 'timedOut' | 'saturated'): number =>
    Math.round((now.figures[name] - before.figures[name]) / seconds)
  const bad = (['shed', 'failed', 'timedOut', 'saturated'] as const).flatMap((name) =>
    rate(name) > 0 ? [`${words[name]} ${rate(name)}/s`] : [],
  )
  return [
    phase === undefined ? 'waiting for the last answers' : `phase ${phase}`,
    `${clock(Math.min(elapsedMs, totalMs))} of ${clock(totalMs)}`,
    `ok ${rate('ok')}/s`,
    ...bad,
    ...(recent === undefined ? [] : [`p50 ${inWords(recent.p50)}, p99 ${inWords(recent.p99)}`]),
    `${inFlight} in flight`,
  ].join(' · ')
}

const words = { shed: 'shed', failed: 'failed', timedOut: 'timed out', saturated: 'not sent' } as const

function clock(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`
}
