import { pollute, widen } from './pollution.mjs'

// range → map → filter → map → fold on every library, in three states of the process: `clean`, where nothing but this
// has run; `polluted`, after 18 pipelines of other functions and items through the same operators; `wide`, after eight
// other operators as well. Real programs are polluted or wide.
export const ITEMS = 2_000_000
export const add = (n) => n + 1
export const odd = (n) => n % 2 === 1
export const triple = (n) => n * 3
export const sum = (total, n) => total + n

export const expected = (items) => {
  let total = 0
  for (let i = 1; i <= items; i++) if (odd(add(i))) total += triple(add(i))
  return total
}

/** `chain(items, map, filter, map, fold)`, and with other operators for the wide state; `run` is what is measured. */
export const contender = ({ chain, others = {}, run, items = ITEMS }, state) => ({
  items,
  pollute: async () => {
    if (state === 'clean') return
    await pollute(chain)
    if (state === 'wide') await widen(Object.values(others))
  },
  run: () => run(items),
})

export async function forebay(options) {
  const { flow } = await import('forebay')
  const count = (total) => total + 1
  const by = (change) => (items) => change(flow(items)).reduce(count, 0)
  return {
    chain: (items, f, g, h, fold) => flow(items).map(f).filter(g).map(h).reduce(fold, 0, options),
    others: {
      scan: by((f) => f.scan((last, item) => [last, item].length, 0)),
      take: by((f) => f.take(1000)),
      skip: by((f) => f.skip(10)),
      tap: by((f) => f.tap((item) => item === 'never')),
      flatMap: by((f) => f.flatMap((item) => [item, item])),
      batch: by((f) => f.batch(10)),
      distinctUntilChanged: by((f) => f.distinctUntilChanged()),
      takeWhile: by((f) => f.takeWhile((item) => item !== 'never')),
    },
    run: (items) => flow.range(1, items).map(add).filter(odd).map(triple).reduce(sum, 0, options),
  }
}

async function rxjs() {
  const rx = await import('rxjs')
  const { from, range, map, filter, reduce, lastValueFrom } = rx
  const count = (total) => total + 1
  const by = (operator) => (items) => lastValueFrom(from(items).pipe(operator, reduce(count, 0)))
  return {
    chain: (items, f, g, h, fold) => lastValueFrom(from(items).pipe(map(f), filter(g), map(h), reduce(fold, 0))),
    others: {
      scan: by(rx.scan((last, item) => [last, item].length, 0)),
      take: by(rx.take(1000)),
      skip: by(rx.skip(10)),
      tap: by(rx.tap((item) => item === 'never')),
      concatMap: by(rx.concatMap((item) => [item, item])),
      bufferCount: by(rx.bufferCount(10)),
      distinctUntilChanged: by(rx.distinctUntilChanged()),
      takeWhile: by(rx.takeWhile((item) => item !== 'never')),
    },
    run: (items) => lastValueFrom(range(1, items).pipe(map(add), filter(odd), map(triple), reduce(sum, 0))),
  }
}

async function effect() {
  const { Effect, Stream } = await import('effect')
  const fold = (stream, f) => Effect.runPromise(Stream.runFold(stream, () => 0, f))
  const chained = (stream, f, g, h, last) => fold(Stream.map(Stream.filter(Stream.map(stream, f), g), h), last)
  const count = (total) => total + 1
  const by = (operator) => (items) => fold(operator(Stream.fromIterable(items)), count)
  return {
    chain: (items, ...functions) => chained(Stream.fromIterable(items), ...functions),
    others: {
      scan: by(Stream.scan(() => 0, (last, item) => [last, item].length)),
      take: by(Stream.take(1000)),
      drop: by(Stream.drop(10)),
      tap: by(Stream.tap(() => Effect.void)),
      flatMap: by(Stream.flatMap((item) => Stream.fromIterable([item, item]))),
      grouped: by(Stream.grouped(10)),
      changes: by(Stream.changes),
      takeWhile: by(Stream.takeWhile((item) => item !== 'never')),
    },
    run: (items) => chained(Stream.range(1, items), add, odd, triple, sum),
  }
}

async function most() {
  const core = await import('@most/core')
  const { newDefaultScheduler } = await import('@most/scheduler')
  /** A source of the shape of those of @most/core: `feed(sink, state)` sends everything in one go. */
  const source = (feed) => ({
    run: (sink) => {
      const state = { stopped: false }
      void Promise.resolve().then(() => {
        feed(sink, state)
        sink.end(0)
      })
      return {
        dispose: () => {
          state.stopped = true
        },
      }
    },
  })
  const folded = async (stream, fold) => {
    let state = 0
    const last = core.tap((value) => {
      state = fold(state, value)
    }, stream)
    await core.runEffects(last, newDefaultScheduler())
    return state
  }
  const count = (total) => total + 1
  const of = (items) =>
    source((sink, state) => {
      for (let i = 0; i < items.length && !state.stopped; i++) sink.event(0, items[i])
    })
  const by = (operator) => (items) => folded(operator(of(items)), count)
  const chained = (each, f, g, h, fold) => folded(core.map(h, core.filter(g, core.map(f, each))), fold)
  return {
    chain: (items, ...functions) => chained(of(items), ...functions),
    others: {
      scan: by((s) => core.scan((last, item) => [last, item].length, 0, s)),
      take: by((s) => core.take(1000, s)),
      skip: by((s) => core.skip(10, s)),
      tap: by((s) => core.tap((item) => item === 'never', s)),
      startWith: by((s) => core.startWith(0, s)),
      loop: by((s) => core.loop((seed, item) => ({ seed, value: item }), 0, s)),
      skipRepeats: by((s) => core.skipRepeats(s)),
      takeWhile: by((s) => core.takeWhile((item) => item !== 'never', s)),
    },
    run: (items) =>
      chained(
        source((sink, state) => {
          for (let i = 1; i <= items && !state.stopped; i++) sink.event(0, i)
        }),
        add,
        odd,
        triple,
        sum,
      ),
  }
}

/** One loop for everything, as a helper of a real program would be: its call sites have seen many functions. */
export async function loop() {
  const run = (count, get, f, g, h, fold) => {
    let state = 0
    for (let i = 0; i < count; i++) {
      const v = f(get(i))
      if (g(v)) state = fold(state, h(v))
    }
    return state
  }
  const next = (i) => i + 1
  return {
    chain: (items, f, g, h, fold) => run(items.length, (i) => items[i], f, g, h, fold),
    run: (items) => run(items, next, add, odd, triple, sum),
  }
}

const libraries = { forebay, 'RxJS 7': rxjs, 'Effect 4': effect, '@most/core': most, 'for loop': loop }

/** The case of one state; `goals` names whom it is compared with. */
export const syncChain = (state, goals) => ({
  area: 'streams',
  name: `sync chain, ${state}`,
  metric: 'ns of CPU an item',
  items: ITEMS,
  warmups: 3,
  rounds: 7,
  turns: 3,
  expected,
  answer: (value) => value,
  contenders: Object.fromEntries(
    ['forebay', ...Object.keys(goals)].map((name) => [name, async () => contender(await libraries[name](), state)]),
  ),
  goals,
})
