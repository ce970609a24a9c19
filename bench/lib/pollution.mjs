/** Functions over many types of items: what a real program has done with a library before its hot loop begins. */
const inputs = [
  Array.from({ length: 2000 }, (_, i) => `item ${i}`),
  Array.from({ length: 2000 }, (_, i) => i + 0.5),
  Array.from({ length: 2000 }, (_, i) => ({ id: i, name: 'n' })),
  Array.from({ length: 2000 }, (_, i) => [i, i]),
  Array.from({ length: 2000 }, (_, i) => (i % 2 ? null : i)),
  Array.from({ length: 2000 }, (_, i) => BigInt(i)),
]

/** 18 pipelines: `pipeline(items, map, filter, map2, fold)` must run them all the way through. */
export async function pollute(pipeline) {
  for (const items of inputs) {
    for (let variant = 0; variant < 3; variant++) {
      const tag = `v${variant}`
      await pipeline(
        items,
        (item) => [tag, item],
        (pair) => pair[1] !== tag,
        (pair) => ({ tag: pair[0], item: pair[1] }),
        (count) => count + 1,
      )
    }
  }
}

/** Other operators, over the same items. */
export async function widen(pipelines) {
  for (const pipeline of pipelines) for (const items of inputs) await pipeline(items)
}
