import { Flow } from '../flow/flow.ts'
import { Program } from '../flow/program.ts'
import type { SinkNode } from '../kernel/plan.ts'
import type { Bench, TrialBench } from './bench.ts'
import type { Shape } from './subject.ts'
import type { Trial } from './trial.ts'

/**
 * A subject between probes, as one program that is run again for every trial. Running the same program is
 * the point: a subject that keeps state in its blueprint shows it in the second trial.
 */
export class Blueprint {
  readonly program: Program<unknown>
  readonly shape: Shape
  /** The trial whose turn it is; probes and work belong to it. */
  trial: Trial | undefined
  /** Whether side branches run beside the outputs. */
  readonly hasSides: boolean
  /** What a gate in the blueprint has read last: it lives through all trials, so its time goes on through them. */
  #latest = 0
  #base = 0

  constructor(shape: Shape, wrapped: boolean) {
    this.shape = shape
    const inputs = Array.from({ length: shape.inputs }, (_, at) => this.#input(at, wrapped))
    const built = shape.build(inputs, this.#bench())
    if (built instanceof Program) {
      this.program = built
      this.hasSides = false
      return
    }
    const sinks = built.map((flow, at) => this.#output(wrapped ? flow.tap(() => this.#now().below()) : flow, at))
    const sides = new Set(built.flatMap((flow) => flow.sides))
    this.hasSides = sides.size > 0
    this.program = new Program([...sinks, ...sides], shape.name, (results) => results[0])
  }

  #now(): Trial {
    return this.trial as Trial
  }

  #input(at: number, wrapped: boolean): Flow<number> {
    const flow = new Flow<number>({
      type: 'source',
      name: `input ${at}`,
      create: (env) => this.#now().source(at, env),
    })
    return wrapped ? flow.tap(() => this.#now().above()) : flow
  }

  #output(flow: Flow<unknown>, at: number): SinkNode {
    return {
      type: 'sink',
      name: `output ${at}`,
      input: flow.node,
      bound: 0,
      slots: 1,
      fused: false,
      create: (_env, stage) => this.#now().sink(at, stage),
    }
  }

  /** The bench of whichever trial is on. */
  #bench(): Bench {
    const bench = (): TrialBench => this.#now().bench
    return {
      clock: {
        now: () => {
          if (this.trial === undefined) return this.#latest
          const now = this.#base + bench().clock.now()
          if (now < this.#latest - 1000) this.#base = this.#latest
          return (this.#latest = Math.max(this.#latest, now))
        },
        wall: () => (this.trial === undefined ? 0 : bench().clock.wall()),
        after: (ms, callback) => bench().after(ms, callback),
        yield: (callback) => bench().clock.yield(callback),
        frame: (callback) => bench().clock.frame(callback),
      },
      work: (value, signal) => bench().work(value, signal),
      failing: (error, signal) => bench().failing(error, signal),
      open: (name) => bench().open(name),
      iterable: (items) => ({ [Symbol.iterator]: () => bench().iterable(items)[Symbol.iterator]() }),
      asyncIterable: (items) => ({
        [Symbol.asyncIterator]: () => bench().asyncIterable(items)[Symbol.asyncIterator](),
      }),
    }
  }
}
