import { describe, expect, it } from 'vitest'
import { gate } from '../gate.ts'
import { Flow } from '../flow/flow.ts'
import { broadcastNode } from '../flow/junctions/broadcast.ts'
import { memoryBudget } from '../flow/memory/memory-budget.ts'
import { recordSites } from '../flow/sites.ts'
import { flow } from '../flow/sources.ts'
import { groupBy } from '../flow/substreams/group-by.ts'
import { keepAlive } from '../flow/time/keep-alive.ts'
import type { Program } from '../flow/program.ts'
import type { RunOptions } from '../kernel/run.ts'
import type { StallReport } from '../kernel/waits/stall-report.ts'
import { seededRandom } from '../kernel/random.ts'
import { world, type World } from '../testkit/world.ts'
import { watchStalls, type StallWatchOptions } from './stall-watch.ts'

const never = (): Promise<never> => new Promise(() => {})

async function* oneThenNothing(): AsyncGenerator<number> {
  yield 1
  await never()
}

/** Two ways out of one flow, which `join` brings together again. */
function diamond(
  join: (left: Flow<number>, right: Flow<number>) => Flow<any>,
  source = flow.range(1, 1000),
): Flow<any> {
  const of = broadcastNode(source.node, 2)
  const way = (index: number): Flow<number> => new Flow<number>({ type: 'outlet', name: 'broadcast', of, index }, [])
  return join(way(0), way(1))
}

interface Seen {
  readonly stalls: StallReport[]
  readonly over: number
}

/** What a watch tells of a program in `ms` of virtual time. */
async function watched(
  make: (w: World) => Program<any>,
  ms: number,
  options: StallWatchOptions = {},
  runOptions: RunOptions = {},
): Promise<Seen> {
  return world(1, async (w) => {
    const stalls: StallReport[] = []
    let over = 0
    const run = w.run(make(w), runOptions)
    const watch = watchStalls(run, {
      clock: w.clock,
      onStall: (report) => stalls.push(report),
      onOver: () => over++,
      ...options,
    })
    await w.advance(ms)
    watch.stop()
    return { stalls, over }
  })
}

describe('a watch for stalls names', () => {
  it('work that never ends, who waits for it, and where it was written', async () => {
    // A caller outside the folder of the library, which this test file is not.
    // oxlint-disable-next-line typescript/no-implied-eval
    const make = new Function(
      'flow',
      'never',
      `return flow.range(1, 100).buffer(8).mapAsync(never, { concurrency: 2, name: 'enrich' }).to(() => {}, { name: 'rows' })
//# sourceURL=/app/my-flow.ts`,
    ) as (f: typeof flow, fn: typeof never) => Program<any>
    recordSites()
    const { stalls } = await watched(() => make(flow, never), 13_000).finally(() => recordSites(false))

    expect(stalls).toHaveLength(1)
    const { code, sentence, graph } = stalls[0] as StallReport
    expect(code).toBe('FOREBAY_STALL')
    expect(graph.causes[0]).toMatchObject({ name: 'enrich', reason: 'work', slots: 2, held: 2, stillMs: 10_000 })
    expect(sentence).toMatch(
      /^enrich \(\/app\/my-flow.ts:\d+:\d+\) works on 2 items and has not ended any for 10 s; range and rows wait for it.$/,
    )
  })

  it('a write that never settles, though it is the last and the source has ended', async () => {
    const { stalls } = await watched(() => flow.range(1, 1).to(never, { name: 'rows' }), 13_000)
    expect(stalls.map(({ sentence }) => sentence)).toEqual(['rows works on 1 item and has not ended any for 10 s.'])
  })

  it('a sink that does not get closed', async () => {
    const { stalls } = await watched(
      () => flow.range(1, 3).to({ write: () => {}, close: never }, { name: 'rows' }),
      13_000,
    )
    expect(stalls.map(({ sentence }) => sentence)).toEqual(['rows has got everything and has not ended for 10 s.'])
  })

  it('the group that nobody reads on', async () => {
    const { stalls } = await watched(
      () =>
        flow
          .range(1, 100)
          .via(
            groupBy({ key: (n) => `user-${n % 3}`, groups: 4, items: 2 }, (group, key) =>
              key === 'user-1' ? group.mapAsync(never, { name: 'save' }) : group,
            ),
          )
          .to(() => {}),
      13_000,
    )
    expect(stalls[0]?.sentence).toMatch(
      /^save works on 1 item .* 10 s; groupBy 'user-1', groupBy and \d more wait for it/,
    )
  })

  it('the ring of a join behind two ways of which one gives nothing', async () => {
    const { stalls } = await watched(() => diamond((a, b) => a.filter(() => false).zip(b)).to(() => {}), 13_000)
    expect(stalls).toHaveLength(1)
    expect(stalls[0]?.code).toBe('FOREBAY_DEADLOCK')
    expect(stalls[0]?.graph.rings.map((ring) => ring.map(({ name }) => name))).toEqual([['zip', 'filter', 'broadcast']])
    expect(stalls[0]?.sentence).toBe(
      'deadlock: zip waits for an item of filter, filter waits for an item of broadcast, broadcast waits for credit of zip; nobody else can move them, and nothing has moved for 10 s. Give broadcast → zip as much room as the two ways may differ by, or a policy that drops.',
    )
  })

  it.each([
    ['a batch in one of two ways', (a: Flow<number>, b: Flow<number>) => a.batch(100).zip(b.buffer(4))],
    ['one way behind the other', (a: Flow<number>, b: Flow<number>) => a.concat(b.buffer(4))],
  ])('the ring of %s', async (_name, join) => {
    const { stalls } = await watched(() => diamond(join).to(() => {}), 13_000)
    expect(stalls.map(({ code }) => code)).toEqual(['FOREBAY_DEADLOCK'])
    expect(stalls[0]?.sentence).toContain('broadcast waits for room at buffer(4), which is full, of ')
  })

  it('a ring through the memory of the run', async () => {
    const { stalls } = await watched(
      () => diamond((a, b) => a.batch(100).zip(b.buffer(200))).to(() => {}),
      13_000,
      {},
      { memory: '2KiB', sizeOf: () => 64 },
    )
    expect(stalls[0]?.code).toBe('FOREBAY_DEADLOCK')
    expect(stalls[0]?.sentence).toContain('broadcast waits for memory that buffer(200) holds for zip')
    expect(stalls[0]?.sentence).toContain('Give the run more memory')
  })

  it('memory that another run holds', async () => {
    await world(1, async (w) => {
      const budget = memoryBudget('4KiB', { name: 'shared' })
      const sizeOf = (): number => 64
      w.run(flow.range(1, 1000).buffer(500).to(never), { memory: budget.share('clicks'), sizeOf })
      await w.advance(10)
      const stalls: string[] = []
      const joined = diamond((a, b) => a.batch(100).zip(b.buffer(200))).to(() => {})
      const run = w.run(joined, { memory: budget.share('orders'), sizeOf })
      const watch = watchStalls(run, { clock: w.clock, onStall: ({ code, sentence }) => stalls.push(code, sentence) })
      await w.advance(13_000)
      watch.stop()
      expect(stalls[0]).toBe('FOREBAY_STALL')
      expect(stalls[1]).toMatch(/^broadcast waits for memory of shared, of which clicks holds most for 10 s/)
    })
  })

  it.each([
    ['input', (w: World) => w.source<number>().flow, /^source probe was asked for items and has given none for 10 s/],
    [
      'permit',
      () => flow.range(1, 9).mapAsync((n) => n, { gate: gate.rate({ limit: 1, per: '1h' }), name: 'call' }),
      /^call waits for a permit of rate for 10 s; /,
    ],
    [
      'timer',
      () => flow(oneThenNothing()).buffer(4).batch({ items: 100, within: '1h' }),
      /^batch holds 1 item and waits for its timer for 12.5 s; sink waits for it/,
    ],
  ] as const)('%s only when it is told to', async (reason, make, sentence) => {
    const program = (w: World): Program<any> => (make as (w: World) => Flow<any>)(w).to(() => {})
    expect((await watched(program, 60_000)).stalls).toEqual([])
    const { stalls } = await watched(program, 60_000, { also: [reason] })
    expect(stalls[0]?.sentence).toMatch(sentence)
  })

  it('what moves again, once', async () => {
    await world(1, async (w) => {
      const told: string[] = []
      const run = w.run(
        flow
          .range(1, 4)
          .mapAsync((n) => w.delay(n === 2 ? 30_000 : 10, n), { name: 'call' })
          .to(() => {}),
      )
      const watch = watchStalls(run, {
        clock: w.clock,
        after: '5s',
        onStall: ({ sentence }) => told.push(`stall ${sentence.slice(0, 4)}`),
        onOver: () => told.push('over'),
      })
      await w.advance(20_000)
      expect(watch.current()).toHaveLength(1)
      await w.advance(20_000)
      expect(watch.current()).toEqual([])
      expect(told).toEqual(['stall call', 'over'])
    })
  })
})

describe('a watch for stalls is silent about', () => {
  it.each<[string, (w: World) => Program<any>]>([
    [
      'slow work that ends in time',
      (w) =>
        flow
          .range(1, 1000)
          .mapAsync((n) => w.delay(9000, n))
          .to(() => {}),
    ],
    [
      'a slow sink',
      (w) =>
        flow
          .range(1, 1000)
          .buffer(16)
          .to(() => w.delay(9000)),
    ],
    [
      'two ways whose batch goes by time',
      () => diamond((a, b) => a.batch({ items: 100, within: '1m' }).zip(b)).to(() => {}),
    ],
    [
      'two ways of which one is kept alive',
      () =>
        diamond((a, b) =>
          a
            .filter(() => false)
            .via(keepAlive('1m', () => 0))
            .zip(b),
        ).to(() => {}),
    ],
    ['a branch that has had enough', () => diamond((a, b) => a.take(1).concat(b.buffer(4))).to(() => {})],
    [
      'a source that is idle',
      (w) =>
        w
          .source()
          .flow.buffer(4)
          .to(() => {}),
    ],
    ['a flow that is over', () => flow.range(1, 9).to(() => {})],
  ])('%s', async (_name, make) => {
    expect((await watched(make, 1_200_000)).stalls).toEqual([])
  })

  it('a gate, where time is not accounted for', async () => {
    const paced = () =>
      flow
        .range(1, 9)
        .mapAsync((n) => n, { gate: gate.rate({ limit: 1, per: '1h' }) })
        .to(() => {})
    const hung = () =>
      flow
        .range(1, 9)
        .mapAsync(never, { name: 'hung' })
        .to(() => {})

    expect((await watched(paced, 60_000, {}, { accounting: false })).stalls).toEqual([])
    expect((await watched(hung, 60_000, {}, { accounting: false })).stalls[0]?.sentence).toMatch(/^hung works on/)
  })

  it('an iterator that nobody calls', async () => {
    await world(1, async (w) => {
      const sink = w.sink<number>()
      const run = w.run(flow.range(1, 99).buffer(4), sink)
      const watch = watchStalls(run, { clock: w.clock })
      await w.advance(60_000)
      expect(watch.current()).toEqual([])
    })
  })
})

describe('random flows', () => {
  /** A chain of pieces that all take less than three seconds; with `hang`, work in one of them never ends. */
  function chain(seed: number, w: World, hang: boolean): Flow<any> {
    const random = seededRandom(seed)
    const below = (n: number): number => Math.floor(random.next() * n)
    const work = (at: number) => (value: unknown) => w.delay(at, value)
    const pieces: ((f: Flow<any>) => Flow<any>)[] = [
      (f) => f.buffer(1 + below(20)),
      (f) => f.mapAsync(work(below(3000)), { concurrency: 1 + below(4) }),
      (f) => f.mapAsync(work(below(500)), { concurrency: 4, order: 'completion' }),
      (f) => f.batch({ items: 1 + below(9), within: '2s' }),
      (f) => f.filter(() => random.next() < 0.7),
      (f) =>
        f.broadcast(
          (a) => a.buffer(1 + below(4)),
          (b) => b.mapAsync(work(below(900))),
        ),
      (f) => f.zip(flow.range(1, 1e9)),
      (f) => f.merge(flow.range(1, 50).buffer(2)),
      (f) => f.via(groupBy({ key: () => below(3), groups: 3, items: 2 }, (g) => g.mapAsync(work(below(700))))),
      (f) => diamond((a, b) => a.zip(b.buffer(3)), f),
    ]
    let made: Flow<any> = flow.range(1, 1e9).mapAsync(work(50 + below(500)))
    const length = 2 + below(6)
    const at = below(length)
    for (let i = 0; i < length; i++) {
      if (hang && i === at) made = made.mapAsync((value) => (random.next() < 0.1 ? never() : value), { name: 'hung' })
      made = (pieces[below(pieces.length)] as (f: Flow<any>) => Flow<any>)(made)
    }
    return made
  }

  it('that are healthy are never called stalled', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { stalls } = await watched((w) => chain(seed, w, false).to(() => {}), 60_000)
      expect(
        stalls.map(({ sentences }) => sentences),
        `seed ${seed}`,
      ).toEqual([])
    }
  })

  it('in which one piece of work hangs are told within 15 s of standing still, with its name', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { stalls } = await watched((w) => chain(seed, w, true).to(() => {}), 300_000)
      expect(
        stalls.at(-1)?.graph.causes.map(({ name }) => name),
        `seed ${seed}`,
      ).toContain('hung')
    }
  })
})
