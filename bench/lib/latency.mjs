import { PassThrough, Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'

const ITEMS = 20_000

/** One at a time, each with the time at which it set out. */
async function* stamps() {
  for (let i = 0; i < ITEMS; i++) {
    await turn()
    yield performance.now()
  }
}

async function* passed(source) {
  for await (const item of source) yield item
}

const times = (count, step, from) => {
  let to = from
  for (let i = 0; i < count; i++) to = step(to)
  return to
}

/** Resolves with the µs that an item took in the median. `travel(note)` sends all; the last station calls `note(stamp)`. */
const contender = (travel) => ({
  run: async () => {
    const took = []
    await travel((stamp) => {
      took.push(performance.now() - stamp)
    })
    if (took.length !== ITEMS) throw new Error(`${took.length} of ${ITEMS} items have arrived`)
    took.sort((a, b) => a - b)
    return { us: took[took.length >> 1] * 1000 }
  },
})

/** The time of an item from the source to the sink through `edges` buffers, with nothing else on its way. */
export const latency = (edges) => ({
  area: 'streams',
  name: `latency through ${edges} ${edges === 1 ? 'edge' : 'edges'}`,
  metric: 'µs an item, median',
  items: ITEMS,
  warmups: 1,
  rounds: 5,
  turns: 3,
  figure: ({ us }) => us,
  answer: (value) => value,
  contenders: {
    forebay: async () => {
      const { flow } = await import('forebay')
      return contender((note) => times(edges, (f) => f.buffer(16), flow(stamps())).forEach(note))
    },
    'as many async generators': async () =>
      contender(async (note) => {
        for await (const stamp of times(edges, passed, stamps())) note(stamp)
      }),
    'as many PassThrough streams': async () =>
      contender(
        (note) =>
          new Promise((resolve, reject) => {
            const pass = (source) => source.pipe(new PassThrough({ objectMode: true }))
            times(edges, pass, Readable.from(stamps()))
              .on('data', note)
              .on('end', resolve)
              .on('error', reject)
          }),
      ),
  },
  goals: {
    'as many async generators': { goal: 0, about: 'shown' },
    'as many PassThrough streams': { goal: 0, about: 'shown' },
  },
  extra: ({ us }) => [
    {
      metric: 'µs an item, median',
      ours: Number(us.toPrecision(4)),
      goal: '≤ 1 and 0.2 an edge',
      met: us <= 1 + 0.2 * edges,
    },
  ],
})
