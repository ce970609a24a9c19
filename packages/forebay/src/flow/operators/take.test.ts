import { expect, it } from 'vitest'
import { operator } from '../../kernel/operator.ts'
import { world } from '../../testkit/world.ts'

it('takes nothing once, however late what is below passes the end on', async () => {
  await world(1, async (w) => {
    // Turns of the loop take time, so that one which spins is seen to.
    w.clock.readMs = 0.5
    let ends = 0
    const late = operator<number, number>('late', { cardinality: 'one' }, (down, control) => ({
      push: (value, context) => down.push(value, context),
      complete: () => {
        ends++
        control.clock.after(20, () => down.complete())
      },
    }))
    const source = w.source<number>()
    const sink = w.sink<number>()
    w.run(source.flow.take(0).via(late), sink)

    sink.request(1)
    await source.expectCancel()
    await sink.expectComplete()
    expect(ends).toBe(1)
  })
})
