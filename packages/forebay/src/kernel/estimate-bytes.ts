/**
 * A cheap, shallow guess of what a value holds in memory, in bytes: strings by length, buffers by size,
 * objects and arrays by their own fields and one level below. For exact accounts give an edge `sizeOf`.
 */
export function estimateBytes(value: unknown): number {
  return estimate(value, 1)
}

function estimate(value: unknown, depth: number): number {
  if (typeof value === 'string') return 16 + value.length * 2
  if (typeof value !== 'object' || value === null) return 8
  const { byteLength } = value as { byteLength?: unknown }
  if (typeof byteLength === 'number') return 64 + byteLength
  if (Array.isArray(value)) {
    // The first items stand for the rest: an estimate must not cost more than the work it guards.
    const sampled = value
      .slice(0, 8)
      .reduce<number>((sum, item) => sum + (depth > 0 ? estimate(item, depth - 1) : 8), 0)
    return 32 + (value.length <= 8 ? sampled : (sampled / 8) * value.length)
  }
  let bytes = 32
  for (const key in value) bytes += 8 + (depth > 0 ? estimate((value as Record<string, unknown>)[key], depth - 1) : 8)
  return bytes
}
