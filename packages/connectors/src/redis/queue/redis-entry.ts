import { ForebayError } from 'forebay'
import type { FailedAttempt, Outgoing, StoredMessage } from 'forebay/queue'

/** Parts of a message in the answers of the scripts that show one. */
export const ENTRY_PARTS = 10

/** Turns that groups of a level share. */
const TURNS = 63

/** What Redis keeps of a message without looking into it. */
interface Rest {
  readonly g?: string
  readonly h?: Readonly<Record<string, string>>
}

interface Fate {
  readonly n: number
  readonly h: readonly (readonly [attempt: number, at: number, reason: string])[]
}

/** The arguments with which one item is put. */
export function putArguments(item: Outgoing): (string | number | Buffer)[] {
  const { id, key, group, level, bytes, delayMs, ttlMs, headers, body, isKnown } = item
  const rest: Rest = { ...(group !== undefined && { g: group }), ...(headers !== undefined && { h: headers }) }
  return [
    id,
    key ?? '',
    `${level}:${turnOf(group)}`,
    bytes,
    Math.ceil(delayMs),
    ttlMs === Infinity ? 0 : Math.max(1, Math.ceil(ttlMs)),
    isKnown ? 1 : 0,
    JSON.stringify(rest),
    Buffer.from(body.buffer, body.byteOffset, body.byteLength),
  ]
}

/** A message from the parts that a script gives of it. */
export function storedMessage(parts: readonly unknown[], from: number): StoredMessage & { readonly lane: string } {
  const text = (at: number): string => String(parts[from + at])
  const body = parts[from + 8]
  const rest = parse<Rest>(text(7))
  const fate = text(9) === '' ? undefined : parse<Fate>(text(9))
  if (!Buffer.isBuffer(body)) throw corrupt('a message without a body')
  const key = text(2)
  const lane = text(3)
  return {
    seq: Number(text(0)),
    id: text(1),
    key: key === '' ? undefined : key,
    group: rest.g,
    level: Number(lane[0]) as StoredMessage['level'],
    lane,
    bytes: Number(text(4)),
    enqueuedAt: Number(text(5)),
    expiresAt: Number(text(6)),
    headers: rest.h,
    failed: fate?.n ?? 0,
    // Lua writes an empty list as an empty object.
    history: fate !== undefined && Array.isArray(fate.h) ? fate.h.map(attemptOf) : undefined,
    body: new Uint8Array(body.buffer, body.byteOffset, body.byteLength),
  }
}

function attemptOf([attempt, at, reason]: Fate['h'][number]): FailedAttempt {
  return { attempt, at, reason }
}

/** Groups share the turns of a level by hash; what has none has a turn of its own. */
function turnOf(group: string | undefined): number {
  if (group === undefined) return 0
  let hash = 0
  for (let i = 0; i < group.length; i++) hash = (Math.imul(hash, 31) + group.charCodeAt(i)) | 0
  return 1 + ((hash >>> 0) % TURNS)
}

function parse<T>(text: string): T {
  try {
    return JSON.parse(text) as T
  } catch (error) {
    throw new ForebayError('FOREBAY_CORRUPT', `redis: ${String(error)}`, { cause: error })
  }
}

export function corrupt(what: string): ForebayError {
  return new ForebayError('FOREBAY_CORRUPT', `redis: a script answered with ${what}`)
}
