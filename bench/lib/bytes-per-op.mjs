/**
 * Bytes of heap that one operation allocates: batches that fit into the young generation (run with `--min-semi-space-size=64`: it shrinks
 * otherwise), so that no collection hides what they left, and the median of many. `batch(n)` does n operations and may give a promise.
 */
export async function bytesPerOp(batch, n = 1000, batches = 41) {
  for (let i = 0; i < 30; i++) await batch(n)
  const found = []
  for (let i = 0; i < batches; i++) {
    globalThis.gc()
    const before = process.memoryUsage().heapUsed
    await batch(n)
    found.push((process.memoryUsage().heapUsed - before) / n)
  }
  found.sort((a, b) => a - b)
  return Math.max(0, found[found.length >> 1])
}
