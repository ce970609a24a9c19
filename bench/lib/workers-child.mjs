// `node workers-child.mjs idle|work|loop`: objects of five fields through one worker thread. Prints one JSON line.
import { readFileSync, readdirSync } from 'node:fs'
import { flow } from 'forebay'
import { mapWorker } from 'forebay/workers'

const ITEMS = 600_000
const WARM = 60_000
const TURNS = 7
const spin = `export default ({ id }) => { for (const end = performance.now() + 0.005; performance.now() < end;); return id }`
const idle = 'export default ({ id }) => id'

const items = (count) =>
  flow.range(1, count).map((id) => ({ id, name: `item ${id & 255}`, price: id * 1.5, isOpen: true, tag: 'abc' }))

/** Time on a processor of each thread of this process so far, µs. */
function threads() {
  const used = new Map()
  for (const thread of readdirSync('/proc/self/task')) {
    try {
      used.set(thread, Number(readFileSync(`/proc/self/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1000)
    } catch {
      // it has just ended
    }
  }
  return used
}

/** Runs items through one worker; what they cost after the first ones, µs an item. */
async function through(work, count, options = {}, warm = WARM) {
  const url = `data:text/javascript,${encodeURIComponent(work)}`
  let seen = 0
  let sum = 0
  let from
  let to
  const look = () => ({ at: performance.now() * 1000, used: threads() })
  await items(count)
    .via(mapWorker(url, { workers: 1, ...options }))
    .forEach((id) => {
      sum += id
      if (++seen === warm) from = look()
      // Before the thread has ended, and its account with it.
      if (seen === count - 1000) to = look()
    })
  if (sum !== (count * (count + 1)) / 2) throw new Error('not every item came back')
  const counted = count - 1000 - warm
  const each = [...to.used].map(([thread, us]) => [thread, (us - (from.used.get(thread) ?? 0)) / counted])
  const busiest = each.toSorted(([, a], [, b]) => b - a)
  return { elapsed: (to.at - from.at) / counted, main: Object.fromEntries(each)[process.pid], busiest: busiest[0][1] }
}

const [what] = process.argv.slice(2)
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]
let answer
if (what === 'idle') {
  const turns = []
  for (let turn = 0; turn < TURNS; turn++) turns.push(await through(idle, ITEMS))
  answer = {
    busiest: median(turns.map(({ busiest }) => busiest)),
    main: median(turns.map(({ main }) => main)),
    elapsed: Math.min(...turns.map(({ elapsed }) => elapsed)),
  }
} else if (what === 'work') {
  const windows = { two: [], unlimited: [] }
  // Many short turns, of which the best counts: it is the one in which nobody else wanted the processor.
  for (let turn = 0; turn < 3 * TURNS; turn++) {
    for (const [name, window] of Object.entries({ two: 2, unlimited: 64 })) {
      windows[name].push((await through(spin, 60_000, { window }, 20_000)).elapsed)
    }
  }
  answer = { two: Math.min(...windows.two), unlimited: Math.min(...windows.unlimited) }
} else {
  // A gap is the lesser of time and of time on a processor, so that what others take from the machine is not in it.
  const gaps = []
  const used = () => threads().get(String(process.pid)) / 1000
  let [last, lastUsed] = [performance.now(), used()]
  const timer = setInterval(() => {
    gaps.push(Math.min(performance.now() - last, used() - lastUsed))
    ;[last, lastUsed] = [performance.now(), used()]
  }, 1)
  for (let turn = 0; turn < 3; turn++) await through(idle, ITEMS)
  clearInterval(timer)
  const sorted = gaps.toSorted((a, b) => a - b)
  answer = { p99: sorted[Math.floor(gaps.length * 0.99)], max: sorted.at(-1), gaps: gaps.length }
}
process.stdout.write(JSON.stringify(answer))
