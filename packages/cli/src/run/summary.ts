import type { Snapshot, Verdict } from 'forebay/observe'

/** What the five lines are made of. */
export interface SummaryInput {
  readonly before: Snapshot | undefined
  readonly now: Snapshot
  /** What limits the flow, once enough has been seen to say so. */
  readonly verdict: Verdict | undefined
  readonly elapsedMs: number
  readonly anonBytes: number
  readonly url: string | undefined
}

/** The live summary: how fast, why, where everything is, what is fullest, what it costs. Always five lines. */
export function summaryLines(input: SummaryInput): string[] {
  const { now, verdict, elapsedMs, anonBytes, url } = input
  const { ledger } = now
  const dropped = sum(ledger.dropped)
  return [
    `${now.flow} · ${now.state} · ${clock(elapsedMs)} · in ${rate(input, 'in')}/s · out ${rate(input, 'out')}/s`,
    `why     ${verdict?.sentence ?? unsaid(now)}`,
    `ledger  ${count(ledger.carriedIn)} carried in + ${count(ledger.in)} in = ${count(ledger.out)} out + ${count(dropped)} dropped + ${count(ledger.deadLettered)} dead letters + ${count(ledger.inFlight)} in flight + ${count(ledger.carriedOut)} carried out ${now.balanced ? '✓' : '✗ NOT BALANCED'}`,
    `edges   ${edges(now)}`,
    `memory  ${(anonBytes / 1e6).toFixed(0)} MB anonymous${url === undefined ? '' : ` · console ${url}`}`,
  ]
}

function unsaid({ state }: Snapshot): string {
  const isOver = state !== 'running' && state !== 'draining'
  return isOver ? 'it did not run for long enough to say' : 'looking: it has not run for long enough to say'
}

function rate({ before, now }: SummaryInput, side: 'in' | 'out'): string {
  if (before === undefined || now.at <= before.at) return '–'
  const perSecond = ((now.ledger[side] - before.ledger[side]) / (now.at - before.at)) * 1000
  return count(Math.round(perSecond))
}

/** The three fullest edges. */
function edges(now: Snapshot): string {
  const buffers = now.edges.filter(({ capacity }) => capacity > 0)
  if (buffers.length === 0) return 'no buffers: everything is handed over directly'
  return buffers
    .sort((a, b) => b.length / b.capacity - a.length / a.capacity)
    .slice(0, 3)
    .map(({ name, length, capacity, oldestMs }) => {
      const age =
        length === 0
          ? ''
          : ` oldest ${oldestMs < 1000 ? `${oldestMs.toFixed(0)} ms` : `${(oldestMs / 1000).toFixed(1)} s`}`
      return `${name} ${count(length)}/${count(capacity)}${age}`
    })
    .join(' · ')
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, one) => total + one, 0)
}

function count(value: number): string {
  return value.toLocaleString('en')
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`
}
