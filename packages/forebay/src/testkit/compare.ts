import type { Shape } from './subject.ts'

/** How strictly results are compared. `some`: some of the expected, in order; `prefix`: the first of them. */
export type Strictness = 'all' | 'prefix' | 'some'

/** Says how results differ from what was expected, or nothing. */
export function difference(
  shape: Pick<Shape, 'order' | 'view'>,
  received: readonly unknown[],
  expected: readonly unknown[],
  strictness: Strictness,
): string | undefined {
  const view = shape.view ?? ((results: readonly unknown[]) => results)
  const got = view(received)
  const wanted = view(expected)
  const { order = 'input' } = shape
  const fits = order === 'input' ? inOrder(got, wanted, strictness) : anyOrder(got, wanted, strictness)
  if (!fits) return `expected ${strictness === 'all' ? '' : `${strictness} of `}${print(wanted)}, got ${print(got)}`
  if (typeof order !== 'function') return undefined
  for (const key of new Set(got.map(order))) {
    const ofKey = (results: readonly unknown[]): unknown[] => results.filter((result) => order(result) === key)
    if (!inOrder(ofKey(got), ofKey(wanted), 'some'))
      return `the results of key ${String(key)} are out of order: ${print(got)}`
  }
  return undefined
}

/** Whether two values are alike: arrays and plain objects by what they hold, everything else by identity. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length || Array.isArray(a) !== Array.isArray(b)) return false
  return keys.every((key) => same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
}

function inOrder(got: readonly unknown[], wanted: readonly unknown[], strictness: Strictness): boolean {
  if (strictness === 'all' && got.length !== wanted.length) return false
  if (strictness !== 'some') return got.every((value, index) => index < wanted.length && same(value, wanted[index]))
  let next = 0
  return got.every((value) => {
    while (next < wanted.length && !same(value, wanted[next])) next++
    return next++ < wanted.length
  })
}

function anyOrder(got: readonly unknown[], wanted: readonly unknown[], strictness: Strictness): boolean {
  if (strictness === 'all' && got.length !== wanted.length) return false
  const left = [...wanted]
  return got.every((value) => {
    const at = left.findIndex((candidate) => same(candidate, value))
    if (at < 0) return false
    left.splice(at, 1)
    return true
  })
}

function print(values: readonly unknown[]): string {
  const text = JSON.stringify(values) ?? String(values)
  return text.length > 160 ? `${text.slice(0, 160)}… (${values.length})` : text
}
