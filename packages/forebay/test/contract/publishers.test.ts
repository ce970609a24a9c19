import { flow } from '../../src/flow/sources.ts'
import type { Flow } from '../../src/flow/flow.ts'
import { toPublisher } from '../../src/interop/to-publisher.ts'
import type { Publisher } from '../../src/flow/sources/publisher.ts'
import type { RunOptions } from '../../src/kernel/run.ts'
import { publisherContract } from '../../src/testkit/contract/publisher-contract.ts'
import type { World } from '../../src/testkit/world.ts'
import { failingNumbers, shapes, tiers, type Shape } from './flows.ts'
import { collect, keeps } from './keeps.ts'

const onViolation = (): void => {}

for (const [tier, options] of tiers) {
  for (const shape of shapes) {
    const { maxItems = Infinity, recovers = false } = shape
    const checks = publisherContract((items, world) => publisher(shape, flow.range(1, items), world, options), {
      ...(options.codegen === false && { collect }),
      maxItems,
      ...(!recovers && { failing: (items, world) => publisher(shape, failingNumbers(items), world, options) }),
    })
    keeps(`a flow published, ${shape.name}, ${tier}`, checks, [
      ...(recovers ? [' 1.4:'] : []),
      // Collecting garbage takes its time, and what is generated holds no subscriber.
      ...(options.codegen === false ? [] : [' 3.13:']),
    ])
  }
}

function publisher({ of, run }: Shape, numbers: Flow<number>, world: World, tier: RunOptions): Publisher<unknown> {
  const { clock, random } = world
  return toPublisher(of(numbers, world), { clock, random, onViolation, ...run?.(world), ...tier })
}
