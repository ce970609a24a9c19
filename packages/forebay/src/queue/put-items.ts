import { show } from '../kernel/check.ts'
import { milliseconds } from '../kernel/duration.ts'
import { ForebayError } from '../kernel/errors.ts'
import { unsupported } from './caps.ts'
import type { PutItem } from './queue.ts'
import type { Settings } from './settings.ts'
import { messageBytes } from './stored-message.ts'

/** An item of a put, checked and encoded, before it has its place in the queue. */
export interface EncodedItem {
  readonly id: string | undefined
  /** The caller named the id and repetitions are to be recognised. */
  readonly isKnown: boolean
  readonly key: string | undefined
  readonly group: string | undefined
  readonly level: 0 | 1 | 2 | 3
  readonly delayMs: number
  readonly ttlMs: number
  readonly headers: Readonly<Record<string, string>> | undefined
  readonly body: Uint8Array
  /** Without the id the queue will give it, if it has none: those are counted as 12 characters. */
  readonly bytes: number
}

const OWN_ID = ' '.repeat(12)

/** Checks and encodes items before anything else happens: a put with one bad item does nothing. */
export function encodeItems<T>(items: readonly PutItem<T>[], settings: Settings<T>): EncodedItem[] {
  const { caps } = settings
  const isDeduped = settings.dedupe !== undefined
  return items.map((item, at) => {
    const level = item.level ?? 1
    if (level !== 0 && level !== 1 && level !== 2 && level !== 3)
      throw new RangeError(`items[${at}].level: expected 0, 1, 2 or 3, got ${show(level)}`)
    if (item.level !== undefined && caps.levels < 4) throw unsupported(settings.name, 'levels')
    if (item.key !== undefined && !caps.keys) throw unsupported(settings.name, 'keys')
    if (item.group !== undefined && !caps.groups) throw unsupported(settings.name, 'groups')
    if (item.delay !== undefined && !caps.delay) throw unsupported(settings.name, 'delay')
    if (item.ttl !== undefined && !caps.ttl) throw unsupported(settings.name, 'ttl')
    const id = text(at, 'id', item.id)
    const key = text(at, 'key', item.key)
    const group = text(at, 'group', item.group)
    const headers = item.headers === undefined ? undefined : checkHeaders(`items[${at}].headers`, item.headers)
    const body = settings.codec.encode(item.body)
    const bytes = messageBytes({ id: id ?? OWN_ID, key, group, headers, body })
    if (bytes > settings.maxItemBytes)
      throw new ForebayError(
        'FOREBAY_TOO_LARGE',
        `${settings.name}: items[${at}] has ${bytes} bytes stored, maxItemBytes is ${settings.maxItemBytes}`,
      )
    return {
      id,
      isKnown: isDeduped && id !== undefined,
      key,
      group,
      level,
      delayMs: item.delay === undefined ? 0 : milliseconds(`items[${at}].delay`, item.delay),
      ttlMs: item.ttl === undefined ? settings.ttlMs : milliseconds(`items[${at}].ttl`, item.ttl),
      headers,
      body,
      bytes,
    }
  })
}

/** Short texts only: ids and keys are kept in memory. */
function text(at: number, option: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string' && value.length > 0 && value.length <= 500) return value
  throw new RangeError(`items[${at}].${option}: expected 1 to 500 characters, got ${show(value)}`)
}

function checkHeaders(option: string, headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(headers)
  if (entries.length > 100) throw new RangeError(`${option}: expected at most 100 headers, got ${entries.length}`)
  for (const [name, value] of entries) {
    if (typeof value !== 'string') throw new TypeError(`${option}.${name}: expected a string, got ${show(value)}`)
  }
  return Object.fromEntries(entries)
}
