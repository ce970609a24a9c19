import { flow } from 'forebay'

/** Work that ends for the first thousand items, and then never: it does not even heed its signal. */
export default flow
  .range(1, 1e9)
  .durable('stuck', { items: 500 })
  .mapAsync((n) => new Promise((resolve) => setTimeout(resolve, n > 1000 ? 600_000 : 1)), { concurrency: 4 })
  .to(() => {})
  .named('stuck')
