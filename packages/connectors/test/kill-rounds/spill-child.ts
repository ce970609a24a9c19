import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { flow } from 'forebay'
import { durableStore } from 'forebay/queue'
import { openStore } from '../../src/open-store.ts'

/**
 * A flow with a fast source, a slow sink and a buffer between them that spills to disk. It writes `stored <count>` now
 * and then, how many items the disk had confirmed, `done <n>` after the work on each, and `closed` at its end.
 */
const [folder = '', from = '', to = '', workMs = ''] = process.argv.slice(2)

const say = (...words: (string | number)[]): void => void writeSync(1, `${words.join(' ')}\n`)

const store = await openStore(`disk:${folder}`)
const run = flow
  .range(Number(from), Number(to))
  .buffer({ items: 20, overflow: 'spill', name: 'burst', spill: { items: 100_000 } })
  .to(async (n) => {
    await sleep(Number(workMs))
    say('done', n)
  })
  .run({ store: durableStore(store) })
const report = setInterval(() => {
  say('stored', run.inspect().edges.find(({ name }) => name === 'burst-spill')?.put ?? 0)
}, 20)
await run.done
clearInterval(report)
await store.close()
say('closed')
