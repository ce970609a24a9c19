// The synchronous chain against what the platform has: async generators, Node streams and their operators, Web Streams.
import { Readable, Transform } from 'node:stream'
import { add, contender, expected, forebay, ITEMS, odd, sum, triple } from '../lib/sync-chain.mjs'

function* numbers(items) {
  for (let i = 1; i <= items; i++) yield i
}
/** Node streams cannot carry null. */
const boxed = (items) => items.map((item) => item ?? 'none')

async function generators() {
  const map = async function* (source, f) {
    for await (const item of source) yield f(item)
  }
  const filter = async function* (source, f) {
    for await (const item of source) if (f(item)) yield item
  }
  const chain = async (items, f, g, h, fold) => {
    let state = 0
    for await (const item of map(filter(map(items, f), g), h)) state = fold(state, item)
    return state
  }
  return { chain, run: (items) => chain(numbers(items), add, odd, triple, sum), items: 100_000 }
}

async function transforms() {
  const stage = (transform) => new Transform({ objectMode: true, transform })
  const map = (f) => stage((item, _, done) => done(null, f(item)))
  const filter = (f) => stage((item, _, done) => (f(item) ? done(null, item) : done()))
  const chain = (items, f, g, h, fold) =>
    new Promise((resolve, reject) => {
      let state = 0
      Readable.from(items)
        .pipe(map(f))
        .pipe(filter(g))
        .pipe(map(h))
        .on('data', (item) => {
          state = fold(state, item)
        })
        .on('end', () => resolve(state))
        .on('error', reject)
    })
  // A Readable with a read of its own: Readable.from has an async iterator below it and costs more.
  const run = (items) => {
    let next = 1
    const source = new Readable({
      objectMode: true,
      read() {
        while (this.push(next <= items ? next++ : null)) if (next > items + 1) return
      },
    })
    return new Promise((resolve, reject) => {
      let state = 0
      source
        .pipe(map(add))
        .pipe(filter(odd))
        .pipe(map(triple))
        .on('data', (item) => {
          state = sum(state, item)
        })
        .on('end', () => resolve(state))
        .on('error', reject)
    })
  }
  return { chain: (items, ...functions) => chain(boxed(items), ...functions), run, items: 300_000 }
}

async function operators() {
  const chain = (items, f, g, h, fold) => Readable.from(items).map(f).filter(g).map(h).reduce(fold, 0)
  return {
    chain: (items, ...functions) => chain(boxed(items), ...functions),
    run: (items) => chain(numbers(items), add, odd, triple, sum),
    items: 20_000,
  }
}

async function webStreams() {
  const stage = (transform) => new TransformStream({ transform })
  const map = (f) => stage((item, control) => control.enqueue(f(item)))
  const filter = (f) => stage((item, control) => (f(item) ? control.enqueue(item) : undefined))
  const chain = async (items, f, g, h, fold) => {
    const iterator = items[Symbol.iterator]()
    const source = new ReadableStream({
      pull: (control) => {
        const { done, value } = iterator.next()
        if (done) control.close()
        else control.enqueue(value)
      },
    })
    let state = 0
    for await (const item of source.pipeThrough(map(f)).pipeThrough(filter(g)).pipeThrough(map(h)))
      state = fold(state, item)
    return state
  }
  return { chain, run: (items) => chain(numbers(items), add, odd, triple, sum), items: 20_000 }
}

const polluted = (library) => async () => contender(await library(), 'polluted')

export default {
  area: 'streams',
  name: 'sync chain, polluted, against the platform',
  metric: 'ns of CPU an item',
  items: ITEMS,
  warmups: 3,
  rounds: 5,
  turns: 3,
  expected,
  answer: (value) => value,
  contenders: {
    forebay: polluted(forebay),
    'async generators': polluted(generators),
    'Readable and Transform': polluted(transforms),
    'Readable.map().filter()': polluted(operators),
    'Web Streams': polluted(webStreams),
  },
  goals: {
    'async generators': { goal: 50 },
    'Readable and Transform': { goal: 25 },
    'Readable.map().filter()': { goal: 300 },
    'Web Streams': { goal: 500 },
  },
}
