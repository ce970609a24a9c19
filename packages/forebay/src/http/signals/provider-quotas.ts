import type { Clock } from '../../kernel/clock.ts'
import type { HeaderSource } from './header-source.ts'
import { headerOf } from './header-source.ts'
import type { Quota } from './quota.ts'
import { clampWait, decimal } from './retry-after.ts'
import { parseTimestamp } from './timestamp.ts'

const units = ['requests', 'tokens', 'input-tokens', 'output-tokens'] as const

/**
 * The quotas that services of language models tell of: `x-ratelimit-remaining-tokens` with a reset such as `6m0s` (OpenAI,
 * Azure, Groq, Mistral and others), and `anthropic-ratelimit-tokens-remaining` with a reset as a time (RFC 3339). Never throws.
 */
export function providerQuotas(headers: HeaderSource, clock: Clock): readonly Quota[] {
  const quotas: Quota[] = []
  for (const unit of units) {
    const found =
      quotaAt(headers, unit, (part) => `x-ratelimit-${part}-${unit}`, goDuration) ??
      quotaAt(
        headers,
        unit,
        (part) => `anthropic-ratelimit-${unit}-${part}`,
        (text) => until(headers, text, clock),
      )
    if (found !== undefined) quotas.push(found)
  }
  return quotas
}

function quotaAt(
  headers: HeaderSource,
  unit: string,
  nameOf: (part: string) => string,
  resetOf: (text: string) => number | undefined,
): Quota | undefined {
  const limit = decimal(headerOf(headers, nameOf('limit')))
  const remaining = decimal(headerOf(headers, nameOf('remaining')))
  const reset = headerOf(headers, nameOf('reset'))
  if (remaining === undefined) return undefined
  const resetMs = reset === undefined ? undefined : resetOf(reset.trim())
  return {
    name: unit,
    unit,
    ...(limit !== undefined && limit >= 0 && { limit }),
    remaining: Math.max(0, remaining),
    ...(resetMs !== undefined && { resetMs: clampWait(resetMs) }),
  }
}

const go =
  /^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m(?!s))?(?:(\d{1,9}(?:\.\d{1,9})?)s)?(?:(\d{1,9}(?:\.\d{1,9})?)ms)?$/

/** Milliseconds of `6m0s`, `1.5s`, `20ms`, `1h2m3s`, or of a bare number of seconds; `undefined` for anything else. */
function goDuration(text: string): number | undefined {
  const bare = decimal(text)
  if (bare !== undefined) return bare * 1000
  const found = text === '' || text.length > 60 ? null : go.exec(text)
  if (found === null) return undefined
  const [days, hours, minutes, seconds, ms] = found.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
  ]
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 + ms
}

/** Compared with the answer's own `Date`, so that the clocks need not agree. */
function until(headers: HeaderSource, text: string, clock: Clock): number | undefined {
  const at = parseTimestamp(text)
  if (at === undefined) return undefined
  const sent = headerOf(headers, 'date')
  return at - ((sent === undefined ? undefined : parseTimestamp(sent.trim())) ?? clock.wall())
}
