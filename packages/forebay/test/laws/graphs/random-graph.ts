import { balance } from '../../../src/flow/fan-out/balance.ts'
import type { Flow } from '../../../src/flow/flow.ts'
import { fanInComponent, fanOutComponent } from '../../../src/flow/graph/fan-components.ts'
import { graph } from '../../../src/flow/graph/graph.ts'
import type { ConnectOptions } from '../../../src/flow/graph/links.ts'
import type { OutPort } from '../../../src/flow/graph/port.ts'
import type { GraphBuilder } from '../../../src/flow/graph/wiring.ts'
import { merge } from '../../../src/flow/merge.ts'
import type { Program } from '../../../src/flow/program.ts'
import { flow } from '../../../src/flow/sources.ts'
import type { Random } from '../../../src/kernel/random.ts'
import type { World } from '../../../src/testkit/world.ts'

/** An output that nothing is connected to yet, and what it gives: how often each item. */
interface Loose {
  readonly port: OutPort<number>
  readonly gives: ReadonlyMap<number, number>
}

/** A graph made by chance, and what should come of it. */
export interface RandomGraph {
  readonly program: Program<Record<string, unknown>>
  readonly records: number
  /** What comes to each sink, and what must come: how often each item. */
  readonly received: ReadonlyMap<string, Map<number, number>>
  readonly expected: ReadonlyMap<string, ReadonlyMap<number, number>>
  /** Some connection may drop. */
  readonly isLossy: boolean
}

type Piece = (items: Flow<number>) => Flow<number>

/** Puts a graph together step by step: every step takes some of the loose outputs and adds others. `spoil` goes into one of its pieces. */
export function randomGraph(w: World, random: Random, spoil?: Piece): RandomGraph {
  return new Maker(w, random, spoil).make()
}

class Maker {
  #g!: GraphBuilder
  readonly #w: World
  readonly #random: Random
  #spoil: Piece | undefined
  readonly #isLossy: boolean
  #names = 0
  #records = 0
  readonly #loose: Loose[] = []
  readonly #received = new Map<string, Map<number, number>>()
  readonly #expected = new Map<string, ReadonlyMap<number, number>>()

  constructor(w: World, random: Random, spoil: Piece | undefined) {
    this.#w = w
    this.#random = random
    this.#spoil = spoil
    this.#isLossy = spoil === undefined && this.#below(4) === 0
  }

  make(): RandomGraph {
    const program = graph((g) => {
      this.#g = g
      for (let sources = 1 + this.#below(3); sources > 0; sources--) this.#source()
      const steps = [
        () => this.#piece(),
        () => this.#piece(),
        () => this.#part(),
        () => this.#copy(),
        () => this.#join(),
        () => this.#ring(),
        () => this.#diamond(),
        () => this.#share(),
      ]
      for (let count = 2 + this.#below(8); count > 0; count--) steps[this.#below(steps.length)]?.()
      for (let loose = this.#take(); loose !== undefined; loose = this.#take()) this.#sink(loose)
    })
    return {
      program,
      records: this.#records,
      received: this.#received,
      expected: this.#expected,
      isLossy: this.#isLossy,
    }
  }

  #below(bound: number): number {
    return Math.floor(this.#random.next() * bound)
  }

  #name(kind: string): string {
    return `${kind}${this.#names++}`
  }

  /** One of the loose outputs, by chance. */
  #take(): Loose | undefined {
    return this.#loose.splice(this.#below(this.#loose.length), 1)[0]
  }

  #bound(): number | ConnectOptions<number> {
    const items = this.#below(4)
    if (!this.#isLossy || this.#below(3) > 0) return items
    return {
      items: items + 1,
      overflow: (['drop-oldest', 'drop-newest', 'drop-random'] as const)[this.#below(3)] ?? 'drop-all',
    }
  }

  #source(): void {
    const from = this.#records + 1
    const to = from + this.#below(40)
    this.#records = to
    const { out } = this.#g.add(this.#name('source'), flow.range(from, to))
    const gives = new Map<number, number>()
    for (let n = from; n <= to; n++) gives.set(n, 1)
    this.#loose.push({ port: out, gives })
  }

  #sink({ port, gives }: Loose): void {
    const name = this.#name('sink')
    const received = new Map<number, number>()
    this.#received.set(name, received)
    this.#expected.set(name, gives)
    const concurrency = 1 + this.#below(3)
    const write = async (n: number): Promise<void> => {
      if (this.#below(3) > 0) await this.#w.delay(this.#below(5))
      received.set(n, (received.get(n) ?? 0) + 1)
    }
    const { in: input } = this.#g.add(name, (items: Flow<number>) => items.to(write, { concurrency }))
    this.#g.connect(port, input, this.#bound())
  }

  #piece(): void {
    const loose = this.#take()
    if (loose === undefined) return
    const keeps = this.#below(2) === 0
    const pieces: Piece[] = [
      (items) => items.map((n) => n),
      (items) => items.buffer(1 + this.#below(3)),
      (items) => items.mapAsync((n) => this.#w.delay(this.#below(4), n), { concurrency: 1 + this.#below(3) }),
      (items) => items.batch(3).flatMap((batch) => batch),
      (items) => items.filter((n) => keeps || n % 3 > 0),
    ]
    const at = this.#spoil === undefined ? this.#below(pieces.length) : 0
    const { in: input, out } = this.#g.add(this.#name('piece'), this.#spoil ?? (pieces[at] as Piece))
    this.#spoil = undefined
    this.#g.connect(loose.port, input, this.#bound())
    const filters = at === 4 && !keeps
    const gives = filters ? new Map([...loose.gives].filter(([n]) => n % 3 > 0)) : loose.gives
    this.#loose.push({ port: out, gives })
  }

  /** Each item one of two ways. */
  #part(): void {
    const loose = this.#take()
    if (loose === undefined) return
    const by = 2 + this.#below(3)
    const part = this.#g.add(
      this.#name('part'),
      fanOutComponent(['a', 'b'], (items: Flow<number>, to) => items.partition((n) => (n % by === 0 ? 1 : 0), ...to)),
    )
    this.#g.connect(loose.port, part.in, this.#bound())
    const ways = [...loose.gives]
    this.#loose.push({ port: part.a, gives: new Map(ways.filter(([n]) => n % by > 0)) })
    this.#loose.push({ port: part.b, gives: new Map(ways.filter(([n]) => n % by === 0)) })
  }

  /** Each item both ways. */
  #copy(): void {
    const loose = this.#take()
    if (loose === undefined) return
    const copy = this.#g.add(
      this.#name('copy'),
      fanOutComponent(['a', 'b'], (items: Flow<number>, to) => items.broadcast(...to)),
    )
    this.#g.connect(loose.port, copy.in, this.#bound())
    this.#loose.push({ port: copy.a, gives: loose.gives }, { port: copy.b, gives: loose.gives })
  }

  /** Two outputs become one. */
  #join(): void {
    const [a, b] = [this.#take(), this.#take()]
    if (a === undefined || b === undefined) return void (a !== undefined && this.#loose.push(a))
    const join = this.#g.add(
      this.#name('join'),
      fanInComponent(['a', 'b'], (flows: Flow<number>[]) => merge(flows)),
    )
    this.#g.connect(a.port, join.a, this.#bound())
    this.#g.connect(b.port, join.b, this.#bound())
    const gives = new Map(a.gives)
    for (const [n, times] of b.gives) gives.set(n, (gives.get(n) ?? 0) + times)
    this.#loose.push({ port: join.out, gives })
  }

  /** Items go round by chance. */
  #ring(): void {
    const loose = this.#take()
    if (loose === undefined) return
    const all = this.#g.add(
      this.#name('all'),
      fanInComponent(['fresh', 'again'], (flows: Flow<number>[]) => merge(flows)),
    )
    const sort = this.#g.add(
      this.#name('sort'),
      fanOutComponent(['done', 'again'], (items: Flow<number>, to) =>
        items.partition(() => (this.#below(3) > 0 ? 0 : 1), ...to),
      ),
    )
    this.#g.connect(loose.port, all.fresh, this.#bound())
    this.#g.connect(all.out, sort.in, this.#bound())
    const items = 1 + this.#below(4)
    if (this.#isLossy && this.#below(2) === 0)
      this.#g.feedback(sort.again, all.again, { items, overflow: 'drop-newest' })
    else this.#g.feedback(sort.again, all.again, { items, admit: 1 + this.#below(items) })
    this.#loose.push({ port: sort.done, gives: loose.gives })
  }

  /** Copies that meet again. */
  #diamond(): void {
    const loose = this.#take()
    if (loose === undefined) return
    const copy = this.#g.add(
      this.#name('copy'),
      fanOutComponent(['a', 'b'], (items: Flow<number>, to) => items.broadcast(...to)),
    )
    const join = this.#g.add(
      this.#name('pair'),
      fanInComponent(['a', 'b'], ([a, b]: Flow<number>[]) =>
        (a as Flow<number>).zip(b as Flow<number>).map(([n]) => n),
      ),
    )
    this.#g.connect(loose.port, copy.in, this.#bound())
    // A way that drops would leave the other one without partners.
    this.#g.connect(copy.a, join.a, this.#below(4))
    this.#g.connect(copy.b, join.b, this.#below(4))
    this.#loose.push({ port: join.out, gives: loose.gives })
  }

  /** Work that is shared by two, whoever is free. */
  #share(): void {
    const loose = this.#take()
    if (loose === undefined) return
    const share = this.#g.add(
      this.#name('share'),
      fanOutComponent(['a', 'b'], (items: Flow<number>, to) => balance(items, to, { prefetch: 1 })),
    )
    const join = this.#g.add(
      this.#name('join'),
      fanInComponent(['a', 'b'], (flows: Flow<number>[]) => merge(flows)),
    )
    const work = (items: Flow<number>): Flow<number> => items.mapAsync((n) => this.#w.delay(this.#below(3), n))
    this.#g.connect(loose.port, share.in, this.#bound())
    for (const at of ['a', 'b'] as const) {
      const worker = this.#g.add(this.#name('worker'), work)
      this.#g.connect(share[at], worker.in, this.#bound())
      this.#g.connect(worker.out, join[at], this.#bound())
    }
    this.#loose.push({ port: join.out, gives: loose.gives })
  }
}
