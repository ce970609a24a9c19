import { flow } from 'forebay'

/** Numbers, one every millisecond, for as long as somebody wants them. */
async function* numbers(): AsyncGenerator<number> {
  for (let n = 1; ; n++) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    yield n
  }
}

export default flow(numbers())
  .map((n) => ({ n }))
  .durable('numbers', { items: 1000 })
  .mapAsync(async ({ n }) => n * 2, { concurrency: 4, name: 'double' })
  .to(() => {}, { name: 'count' })
  .named('numbers')
