import { Histogram } from '@forebay/cli/load'
import { flow, rate, type Gate } from 'forebay'
import { PATIENCE_MS, WISHED_PER_SECOND, type Row, type Scene } from './row.ts'

/** How A sends when it is a flow: what is made is pulled, so a sender that has to wait makes less. */
export interface Sending {
  readonly concurrency: number
  readonly gate?: Gate
  /** Told what every answer says. */
  readonly hear?: (headers: Readonly<Record<string, string>>) => void
}

/** A as a flow: it would like to make 100 a second, and makes what B takes. */
export async function aIsSlowed({ strategy, seconds, b, link, clock }: Scene, sending: Sending): Promise<Row> {
  const { hear, ...work } = sending
  const latency = new Histogram()
  let [refused, late] = [0, 0]
  const send = async (): Promise<void> => {
    const sentAt = clock.now()
    const { status, headers } = await link.send()
    hear?.(headers)
    if (status !== 200) {
      refused++
      throw new Error(`B has refused: ${status}`)
    }
    const ms = clock.now() - sentAt
    latency.record(ms)
    if (ms > PATIENCE_MS) late++
  }
  const run = flow
    .range(1, 1_000_000)
    .through(rate({ limit: WISHED_PER_SECOND, clock }))
    .mapAsync(send, { ...work, order: 'completion', retry: 5 })
    .to(() => {})
    .named(strategy)
    .run({ clock })
  await new Promise<void>((resolve) => clock.after(seconds * 1000, resolve))
  await run.drain({ within: '5s' })
  const { ledger } = run.inspect()
  return {
    strategy,
    seconds,
    made: ledger.in / seconds,
    inTime: (ledger.out - late) / seconds,
    late,
    refused,
    p50: latency.at(0.5),
    p99: latency.at(0.99),
    waiting: b.mostWaiting,
  }
}
