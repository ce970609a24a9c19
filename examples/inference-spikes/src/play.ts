import { load, type LoadResult, type Transport } from '@forebay/cli/load'
import type { Level } from 'forebay/gates'
import { readSignals } from 'forebay/http'
import { VirtualClock } from 'forebay/testkit'
import type { Server } from './server.ts'

/** What a strategy has come to. */
export interface Played {
  readonly strategy: string
  readonly result: LoadResult
  readonly mostHeld: number
}

const TOKENS = { short: 40, long: 240 } as const

/** Plays calm, a spike of ten times as much, and calm again, in virtual time. */
export async function play(strategy: string, start: (clock: VirtualClock) => Server): Promise<Played> {
  const clock = new VirtualClock()
  const server = start(clock)
  const run = load(
    {
      url: 'http://127.0.0.1/',
      deadline: '1s',
      waitForLate: true,
      timeout: '5m',
      connections: 10_000,
      tenants: {
        interactive: { share: 1, headers: { 'x-level': '0' } },
        batch: { share: 4, headers: { 'x-level': '3' } },
      },
      requests: [
        { share: 2, body: 'x'.repeat(TOKENS.short) },
        { share: 1, body: 'x'.repeat(TOKENS.long) },
      ],
      phases: [
        { name: 'calm', for: '10s', rate: 60 },
        { name: 'spike', for: '5s', rate: 600 },
        { name: 'after', for: '10s', rate: 60 },
      ],
    },
    { clock, transport: to(server, clock) },
  )
  let result: LoadResult | undefined
  const ended = run.done.then((value) => void (result = value))
  while (result === undefined) await clock.advance(1000)
  await ended
  await Promise.all([server.close(), clock.advance(1000)])
  return { strategy, result, mostHeld: server.mostHeld }
}

/** Straight into the server; a token is a character here. */
function to(server: Server, clock: VirtualClock): Transport {
  const exchange = async (tokens: number, level: Level, done: Parameters<Transport['send']>[1]): Promise<void> => {
    const { status, headers } = await server.answer({ tokens, level })
    done({ status, retryAfterMs: readSignals(headers, clock).retryAfterMs })
  }
  return {
    send: ({ body = '', headers }, done) => {
      void exchange(body.length, Number(headers['x-level']) as Level, done)
      return { abort: () => {} }
    },
    close: () => Promise.resolve(),
  }
}
