import type { Flow } from '../../src/flow/flow.ts'
import { toProcessor } from '../../src/interop/to-processor.ts'
import { processorContract } from '../../src/testkit/contract/processor-contract.ts'
import { shapes, tiers } from './flows.ts'
import { collect, keeps } from './keeps.ts'

const onViolation = (): void => {}

for (const [tier, options] of tiers) {
  for (const { name, of, run, maxItems = Infinity, recovers = false } of shapes.filter(
    ({ changes }) => changes === undefined,
  )) {
    const checks = processorContract(
      (world) => {
        const { clock, random } = world
        const build = (items: Flow<number>): Flow<unknown> => of(items, world)
        return toProcessor(build, { clock, random, onViolation, ...run?.(world), ...options })
      },
      { ...(options.codegen === false && { collect }), maxItems, recovers },
    )
    keeps(`a processor, ${name}, ${tier}`, checks, [
      ...(recovers ? [' 1.4:', ' 4.2: passes'] : []),
      // Collecting garbage takes its time, and what is generated holds no subscriber.
      ...(options.codegen === false ? [] : [' 3.13:']),
    ])
  }
}
