import type { Flow } from '../../src/flow/flow.ts'
import type { Program } from '../../src/flow/program.ts'
import type { Subscriber } from '../../src/flow/sources/publisher.ts'
import { fromPublisher } from '../../src/interop/from-publisher.ts'
import { toSubscriber } from '../../src/interop/to-subscriber.ts'
import type { Run, RunOptions } from '../../src/kernel/run.ts'
import type { SubscriberCase } from '../../src/testkit/contract/subscriber-bench.ts'
import { subscriberContract } from '../../src/testkit/contract/subscriber-contract.ts'
import type { World } from '../../src/testkit/world.ts'
import { shapes, tiers } from './flows.ts'
import { keeps } from './keeps.ts'

/** How the sink of a subscriber works. */
const sinks: readonly (readonly [name: string, concurrency: number, ms: number])[] = [
  ['a sink that is ready', 1, 0],
  ['a sink that takes its time', 1, 5],
  ['three writes at once', 3, 5],
]

/** How a subscriber is made of a program over what it is sent. */
const doors = [
  [
    'toSubscriber',
    (build: (items: Flow<unknown>) => Program<number>, options: RunOptions) => {
      const subscriber = toSubscriber(build, options)
      return { subscriber, run: subscriber.run }
    },
  ],
  [
    'fromPublisher',
    (build: (items: Flow<unknown>) => Program<number>, options: RunOptions) => {
      let subscriber: Subscriber<unknown> | undefined
      const items = fromPublisher<unknown>({ subscribe: (comes) => void (subscriber = comes) })
      return { run: build(items).run(options), subscriber: subscriber as unknown as Subscriber<unknown> }
    },
  ],
] as const

for (const [door, open] of doors) {
  for (const [tier, options] of tiers) {
    for (const [sink, concurrency, ms] of sinks) {
      const checks = subscriberContract((world) =>
        watched(world, concurrency, ms, (build) => open(build, { ...basics(world), ...options })),
      )
      keeps(`${door}, ${sink}, ${tier}`, checks)
    }
    for (const shape of shapes.filter(
      ({ changes, recovers, run }) => changes === undefined && !recovers && run === undefined,
    )) {
      const checks = subscriberContract((world) =>
        watched(world, 1, 0, (build) =>
          open((items) => build(shape.of(items as Flow<number>, world)), { ...basics(world), ...options }),
        ),
      )
      keeps(`${door}, ${shape.name}, ${tier}`, checks)
    }
  }
}

function basics({ clock, random }: World): RunOptions {
  return { clock, random }
}

/** A program that writes down what it is given, with the handles of the contract. */
function watched(
  world: World,
  concurrency: number,
  ms: number,
  open: (build: (items: Flow<unknown>) => Program<number>) => { subscriber: Subscriber<unknown>; run: Run<number> },
): SubscriberCase {
  const received: unknown[] = []
  let ended: 'completed' | 'failed' | undefined
  const write = (item: unknown): Promise<void> | undefined => {
    received.push(item)
    return ms === 0 ? undefined : new Promise((resolve) => void world.clock.after(ms, () => resolve()))
  }
  const { subscriber, run } = open((items) => items.to({ write }, { concurrency }))
  run.done.then(
    () => (ended = 'completed'),
    () => (ended = 'failed'),
  )
  return { subscriber, cancel: () => run.cancel(), received: () => received, ended: () => ended }
}
