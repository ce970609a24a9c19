import { load } from '@forebay/cli/load'
import { PATIENCE_MS, WISHED_PER_SECOND, type Row, type Scene } from './row.ts'

/** A as most senders are: 100 a second, whatever comes back. */
export async function aPushes({ strategy, seconds, b, link, clock }: Scene): Promise<Row> {
  const { total } = await load(
    {
      url: link.url,
      arrivals: 'even',
      deadline: PATIENCE_MS,
      waitForLate: true,
      connections: 2000,
      phases: [{ for: `${seconds}s`, rate: WISHED_PER_SECOND }],
    },
    { clock, ...(link.transport !== undefined && { transport: link.transport }) },
  ).done
  return {
    strategy,
    seconds,
    made: total.offered / seconds,
    inTime: total.goodput,
    late: total.late,
    refused: total.shed,
    p50: total.latency?.p50 ?? 0,
    p99: total.latency?.p99 ?? 0,
    waiting: b.mostWaiting,
  }
}
