import { ForebayError } from 'forebay'
import type { FailedAttempt, Outgoing, StoredMessage } from 'forebay/queue'

/** Parts of a message in the answers of the scripts that show one. */
export const ENTRY_PARTS = 4

/** Turns that groups of a level share. */
const TURNS = 63

type Meta = readonly [id: string, key: string, rest: Rest]

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
    JSON.stringify([id, key ?? '', rest] satisfies Meta),
    Buffer.from(body.buffer, body.byteOffset, body.byteLength),
  ]
}

/** A message from the parts that a script gives of it. */
export function storedMessage(parts: readonly unknown[], from: number): StoredMessage & { readonly lane: string } {
  const [seq, enqueuedAt, expiresAt, lane = '', bytes] = String(parts[from]).split(' ')
  const [id, key, rest] = parse<Meta>(String(parts[from + 1]))
  const body = parts[from + 2]
  const fateText = String(parts[from + 3])
  const fate = fateText === '' ? undefined : parse<Fate>(fateText)
  if (!Buffer.isBuffer(body)) throw corrupt('a message without a body')
  return {
    seq: Number(seq),
    id,
    key: key === '' ? undefined : key,
    group: rest.g,
    level: Number(lane[0]) as StoredMessage['level'],
    lane,
    bytes: Number(bytes),
    enqueuedAt: Number(enqueuedAt),
    expiresAt: Number(expiresAt),
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
