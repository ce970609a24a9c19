import { inWords, percent } from 'forebay/simulate'
import type { LoadResult } from '../drive/result.ts'

/** A client that is later than this by itself measures itself. */
const LATE_CLIENT_MS = 20

/** What a reader has to know before the figures are believed, a sentence each. */
export function remarksOf({ total, isInterrupted, answers, retryAfter, lag, playedMs }: LoadResult): string[] {
  const remarks: string[] = []
  if (isInterrupted) remarks.push(`It was ended after ${inWords(playedMs)}, before its time.`)
  if (total.saturated > 0) {
    remarks.push(
      `${share(total.saturated, total.offered)} found no connection free in this client and were not sent: more connections would send them.`,
    )
  }
  if (lag !== undefined && lag.p99 > LATE_CLIENT_MS) {
    remarks.push(
      `This client was late itself: ${inWords(lag.p99)} at p99. Latencies above include that; a lower rate or more cores for it would tell.`,
    )
  }
  if (total.attempts > total.sent) {
    remarks.push(`${total.sent.toLocaleString('en')} requests took ${total.attempts.toLocaleString('en')} attempts.`)
  }
  if (retryAfter.told > 0) {
    remarks.push(
      `${retryAfter.told.toLocaleString('en')} refusals said when to come back; ${retryAfter.ignored.toLocaleString('en')} attempts came before, ${total.withheld.toLocaleString('en')} requests were withheld.`,
    )
  }
  const others = Object.entries(answers).filter(([name]) => !/^[23]\d\d$/.test(name))
  if (others.length > 0) {
    remarks.push(
      `Other than well: ${others.map(([name, { count }]) => `${name} ${count.toLocaleString('en')} times`).join(', ')}.`,
    )
  }
  return remarks
}

function share(count: number, of: number): string {
  return `${count.toLocaleString('en')} requests (${percent(count / of)})`
}
