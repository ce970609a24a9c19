import { limit, type Clock } from 'forebay'
import { Server } from './server.ts'

/** Requests in one run of the model. */
const BATCH = 32
/** Tokens that may be in the server: what runs, and as much again that is ready when it ends. */
const TOKENS = 7000

/** Ways to run the same model. */
export const strategies: Readonly<Record<string, (clock: Clock) => Server>> = {
  'one by one': (clock) => new Server(clock, { batch: 1 }),
  batches: (clock) => new Server(clock, { batch: BATCH }),
  'batches, 256 in line': (clock) =>
    new Server(clock, {
      batch: BATCH,
      gate: limit(TOKENS, { clock, line: { max: 256, hold: '60s', order: 'fifo', overflow: 'reject' } }),
    }),
  'batches, levels in line': (clock) =>
    new Server(clock, {
      batch: BATCH,
      levels: true,
      gate: limit(TOKENS, { clock, line: { max: 256, hold: ['700ms', '300ms', '200ms', '200ms'] } }),
    }),
}
