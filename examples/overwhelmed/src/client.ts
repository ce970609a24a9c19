import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from 'forebay'
import { readSignals, type Signals } from 'forebay/http'
import type { Job } from './jobs.ts'
import type { Meter } from './meter.ts'

/** Does what it is told: it comes back with the same jobs when Retry-After is over. */
export async function obedientClient(url: string, arrivals: AsyncIterable<Job[]>, meter: Meter): Promise<void> {
  for await (const jobs of arrivals) {
    meter.offered += jobs.length
    for (;;) {
      const { status, retryAfterMs } = await post(url, jobs)
      if (status === 202) break
      if (status !== 429 || retryAfterMs === undefined) throw new Error(`the service said ${status}`)
      meter.refused++
      await sleep(retryAfterMs)
    }
  }
}

/** Sends what it has credit for, and no more; it begins with none, and asks for some by sending nothing. */
export async function clientOnCredit(url: string, arrivals: AsyncIterable<Job[]>, meter: Meter): Promise<void> {
  let credit = 0
  for await (const jobs of arrivals) {
    meter.offered += jobs.length
    for (let sent = 0; sent < jobs.length;) {
      const next = jobs.slice(sent, sent + credit)
      const { status, quotas } = await post(url, next)
      if (status !== 202) throw new Error(`the service said ${status}`)
      sent += next.length
      credit = quotas.find(({ name }) => name === 'jobs')?.remaining ?? 0
    }
  }
}

async function post(url: string, jobs: readonly Job[]): Promise<Signals & { status: number }> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(jobs) })
  await response.arrayBuffer()
  return { status: response.status, ...readSignals(Object.fromEntries(response.headers), systemClock) }
}
