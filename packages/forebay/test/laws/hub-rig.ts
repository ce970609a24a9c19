import { Flow, type OpenSink } from '../../src/flow/flow.ts'
import type { Hub } from '../../src/flow/hubs/hub.ts'
import type { MergeHub } from '../../src/flow/hubs/merge-hub.ts'
import { flow } from '../../src/flow/sources.ts'
import type { EdgeNode, PlanNode, SourceNode } from '../../src/kernel/plan.ts'
import type { World } from '../../src/testkit/world.ts'

/** What the hubs of the subjects hand out. */
export const items: readonly number[] = [1, 2, 3, 4, 5]

/** A flow whose source belongs to a hub, with a hub of its own for each run. */
export function perRun(make: () => Flow<number>): Flow<number> {
  const fresh = (node: PlanNode, next: () => PlanNode): PlanNode => {
    if (node.type === 'edge') return { ...node, input: fresh(node.input, () => (next() as EdgeNode).input) }
    return {
      ...(node as SourceNode),
      create: (...given: Parameters<SourceNode['create']>) => (next() as SourceNode).create(...given),
    }
  }
  return new Flow<number>(fresh(make().node, () => make().node))
}

/** A hub that has items to hand out, and ends behind them. */
export function fed<H extends Hub<number>>(hub: H): H {
  const writer = hub.open()
  const { signal } = new AbortController()
  void Promise.all(items.map((item) => writer.write(item, signal))).then(() => writer.close?.())
  return hub
}

/** A merge hub that holds items, and ends behind them. */
export function brought(hub: MergeHub<number>): MergeHub<number> {
  const writer = hub.sink().open()
  const { signal } = new AbortController()
  for (const item of items) writer.write(item, signal)
  writer.close?.()
  hub.shutdown()
  return hub
}

/** A producer that writes 1, 2, 3 … every other millisecond from the first on, and then ends. */
export function ticking(w: World, hub: Hub<number>, count: number): void {
  w.run(flow.range(1, count).to(spaced(w, hub)))
}

function spaced(w: World, hub: Hub<number>): OpenSink<number> {
  return {
    open: () => {
      const writer = hub.open()
      return {
        write: async (item: number, signal: AbortSignal) => {
          await w.delay(item === 1 ? 1 : 2)
          await writer.write(item, signal)
        },
        close: (failure?: { error: unknown }) => writer.close?.(failure),
      }
    },
  }
}

/** Its end reaches those that are there, behind what waits for them, and those that come later. */
export async function completes(w: World, hub: Hub<number>): Promise<void> {
  const source = w.source<number>()
  w.run(source.flow.to(hub))
  const [early, late] = [w.sink<number>(), w.sink<number>()]
  w.run(hub.subscribe(), early)
  source.send(1)
  source.complete()
  await early.expectNothing(5)
  early.request(1)
  await early.expectNext(1)
  await early.expectComplete()
  w.run(hub.subscribe(), late)
  await late.expectComplete()
}

/** For what lanes cannot show. */
export function expectThat(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(`expected that ${what}`)
}
