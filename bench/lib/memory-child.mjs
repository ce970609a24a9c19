// `node --expose-gc memory-child.mjs JUNCTION RUNS ITEMS`: runs that many items through one junction, again and again;
// prints the bytes of the process after each run.
import { junctions } from './junctions.mjs'

const [name, runs, items] = process.argv.slice(2)
const bytes = []
for (let run = 0; run < Number(runs); run++) {
  const count = await junctions[name](Number(items)).count()
  if (count === 0) throw new Error(`${name}: no item has come out`)
  globalThis.gc()
  await new Promise((resolve) => setImmediate(resolve))
  globalThis.gc()
  bytes.push(process.memoryUsage.rss())
}
process.stdout.write(JSON.stringify(bytes))
