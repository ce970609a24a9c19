import type { PeekedMessage } from 'forebay/queue'
import { printable } from './printable.ts'

const strict = new TextDecoder('utf-8', { fatal: true })
const SHOWN = 160

/** A message as `--json` prints it: the body as JSON where it is JSON, else as text, else in base64. */
export function messageJson(message: PeekedMessage<Uint8Array>): object {
  const { body, ...rest } = message
  if (body === undefined) return rest
  const text = asText(body)
  if (text === undefined) return { ...rest, base64: Buffer.from(body).toString('base64') }
  try {
    return { ...rest, body: JSON.parse(text) as unknown }
  } catch {
    return { ...rest, text }
  }
}

/** A message in a few lines: what it is, what it holds as far as a line goes, and how it failed. */
export function messageLines(message: PeekedMessage<Uint8Array>, now: number): string[] {
  const { id, key, group, level, attempts, enqueuedAt, bytes, headers, history } = message
  const facts = [
    `${bytes} B`,
    `level ${level}`,
    ...(key === undefined ? [] : [`key ${key}`]),
    ...(group === undefined ? [] : [`group ${group}`]),
    ...(attempts === 0 ? [] : [`${attempts} failed`]),
    `put ${ago(now - enqueuedAt)} ago`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]
  return [
    `${printable(id)}  ${printable(facts.join(' · '))}`,
    `  ${shortBody(message.body)}`,
    ...history.map(({ attempt, at, reason }) => `  attempt ${attempt}, ${ago(now - at)} ago: ${printable(reason)}`),
  ]
}

/** Time that has passed, for people. */
export function ago(ms: number): string {
  const units = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1000, 's'],
  ] as const
  for (const [length, name] of units) if (ms >= length) return `${Math.floor(ms / length)} ${name}`
  return `${Math.max(0, Math.round(ms))} ms`
}

function shortBody(body: Uint8Array | undefined): string {
  if (body === undefined) return '(its bytes cannot be read)'
  const text = asText(body)
  if (text === undefined) return `0x${Buffer.from(body.subarray(0, SHOWN / 2)).toString('hex')}${more(body.length * 2)}`
  return text === '' ? '(empty)' : printable(text.slice(0, SHOWN)) + more(text.length)
}

function more(length: number): string {
  return length > SHOWN ? '…' : ''
}

function asText(body: Uint8Array): string | undefined {
  try {
    return strict.decode(body)
  } catch {
    return undefined
  }
}
