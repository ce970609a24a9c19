import type { Flow } from '../../src/flow/flow.ts'
import type { World } from '../../src/testkit/world.ts'

/** Work that takes a while and can be told to stop. */
export type Work = (n: number, signal: AbortSignal) => Promise<number>

/** Downstream cancels while two pieces of work are under way: upstream hears of it, and both are told. */
export async function cancelsWork(w: World, piece: (flow: Flow<number>, work: Work) => Flow<number>): Promise<void> {
  const signals: AbortSignal[] = []
  const work: Work = (n, signal) => {
    signals.push(signal)
    return w.delay(9, n)
  }
  const sink = w.sink<number>()
  const source = w.source<number>()
  w.run(piece(source.flow, work), sink)
  sink.request(2)
  source.send(1, 2)
  await w.advance(1)
  sink.cancel('enough')
  await source.expectCancel('enough')
  if (signals.length !== 2 || signals.some(({ aborted }) => !aborted)) throw new Error('work was not told')
}
