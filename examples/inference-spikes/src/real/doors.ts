import type { IncomingMessage } from 'node:http'
import { limit } from 'forebay'
import type { ServerOptions } from 'forebay/http'
import { CHARACTERS_PER_TOKEN, PARAGRAPH } from './texts.ts'

/** Nobody may send more than that, bytes. */
export const LONGEST_TEXT: number = 64 * 1024

/** What stands in front of the model. */
export type DoorName = 'no gate' | 'four at once' | 'tokens and levels'

/** How requests come to the model; `undefined`: as they like. */
type Door = () => ServerOptions<IncomingMessage> | undefined

/** Tokens that may be at the model: a page, and what people ask meanwhile. Nobody waits for two pages. */
const TOKENS = 10_000
/** Requests that may wait for a permit. */
const LINE = 256
const AT_ONCE = 4

/** The most requests that a server may ever hold: those in line, and as many of the lightest as are let in at once. */
export const HELD_AT_MOST: Readonly<Record<DoorName, number>> = {
  'no gate': Infinity,
  'four at once': LINE + AT_ONCE,
  'tokens and levels': LINE + Math.floor(TOKENS / Math.ceil(PARAGRAPH.least / CHARACTERS_PER_TOKEN)),
}

export const doors: Readonly<Record<DoorName, Door>> = {
  'no gate': () => undefined,

  /** As many pools are: four at once, 256 in line, first come, first served. */
  'four at once': () => ({
    gate: limit(AT_ONCE, { line: { max: LINE, hold: '60s', order: 'fifo', overflow: 'reject' }, name: 'model' }),
    level: () => 1,
  }),

  /** A text is as heavy as it is long, the important go first, and who would wait in vain is told so. */
  'tokens and levels': () => ({
    gate: limit(TOKENS, { line: { max: LINE, hold: ['700ms', '1s'] }, name: 'tokens' }),
    cost: ({ headers }) => Math.ceil(Number(headers['content-length'] ?? LONGEST_TEXT) / CHARACTERS_PER_TOKEN),
    trustLevel: true, // all callers are ours
  }),
}
