import { describe, expect, it } from 'vitest'
import { joinContexts, noRecord } from '../kernel/context.ts'
import { operator, type Operator } from '../kernel/operator.ts'
import { world } from '../testkit/world.ts'
import { flow } from './sources.ts'

/** Ends with one item of its own. */
const ending = (): Operator<number, number> =>
  operator<number, number>('ending', { cardinality: 'many', bound: 1 }, (down) => {
    let isEnding = false
    const emit = (): void => {
      if (!isEnding || !down.hasCredit()) return
      isEnding = false
      down.push(0, noRecord)
      down.complete()
    }
    return {
      push: (value, context) => down.push(value, context),
      pull: emit,
      complete: () => {
        isEnding = true
        emit()
      },
    }
  })

const losing = (): Operator<number, number> =>
  operator<number, number>('losing', { cardinality: 'filter', loses: 'everything' }, (_down, control) => ({
    push: (_value, context) => control.discard(context, 'lost'),
  }))

describe('items that an operator makes', () => {
  it('may be held and lost in larger numbers than items have come in', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number[]>()
      const run = w.run(source.flow.flatMap((n) => [n, n, n]).batch(10), sink)
      sink.request(1)
      source.send(1)
      await w.advance(0)

      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 1, out: 0, inFlight: 1 } })
    })
    const run = flow([1, 2])
      .flatMap((n) => [n, n, n])
      .via(losing())
      .to(() => {})
      .run()
    await run.done

    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 2, out: 0, dropped: { lost: 2 } } })
    expect(run.inspect().stages.find(({ kind }) => kind === 'source')).toMatchObject({ discarded: { lost: 6 } })
  })

  it('are no records: the ledger knows nothing of one that is lost or fails', async () => {
    const failing = flow([1, 2])
      .via(ending())
      .map((n) => {
        if (n === 0) throw new Error('made')
        return n
      })
      .to(() => {})
      .run()
    await expect(failing.done).rejects.toThrow('made')
    expect(failing.inspect()).toMatchObject({ balanced: true, ledger: { in: 2, out: 2, dropped: {} } })

    const dropped = flow([])
      .via(ending())
      .via(losing())
      .to(() => {})
      .run()
    await dropped.done
    expect(dropped.inspect()).toMatchObject({ balanced: true, ledger: { in: 0, out: 0, dropped: {} } })
  })

  it('fail after a recovery like any other, with nothing in the ledger', async () => {
    const run = flow([1])
      .map(() => {
        throw new Error('first')
      })
      .recover(() => 'recovered')
      .map(() => {
        throw new Error('second')
      })
      .to(() => {})
      .run()

    await expect(run.done).rejects.toThrow('second')
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 1, out: 0, dropped: { failed: 1 } } })
  })

  it('are lost at an edge without a trace in the ledger of records', async () => {
    await world(1, async (w) => {
      const sink = w.sink<number>()
      const run = w.run(flow([1, 2]).via(ending()).buffer(1, 'drop-oldest'), sink)
      await w.advance(0)
      sink.request(9)
      await sink.expectNext(0)

      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 2, dropped: { 'drop-oldest': 2 } } })
    })
    await world(1, async (w) => {
      const sink = w.sink<number>()
      const run = w.run(flow([1, 2]).via(ending()).buffer(1, 'drop-newest'), sink)
      await w.advance(0)
      sink.request(9)
      await sink.expectNext(1)

      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 2, out: 1, dropped: { 'drop-newest': 1 } } })
    })
  })

  it('stay no records when they are joined, and give way to records that they are joined with', () => {
    const real = { level: 2 } as const

    expect(joinContexts([noRecord, noRecord])).toBe(noRecord)
    expect(joinContexts([noRecord, real])).toEqual(real)
    expect(joinContexts([noRecord, undefined])).toBeUndefined()
    expect(joinContexts([])).toBeUndefined()
  })
})

describe('the item that recover makes', () => {
  it('is no record: the ledger counts none more out than came in, at any instant', async () => {
    await world(1, async (w) => {
      const source = w.source<number>()
      const sink = w.sink<number>()
      const run = w.run(source.flow.recover(() => 0).buffer(4), sink)
      source.fail(new Error('early'))
      await w.advance(1)
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 0, out: 0, inFlight: 0 } })
      sink.request(1)
      await sink.expectNext(0)
      await sink.expectComplete()

      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 0, out: 0, inFlight: 0 } })
    })
  })

  it('leaves no trace in the ledger of records when it is lost', async () => {
    await world(1, async (w) => {
      const sink = w.sink<number>()
      const failing = flow([1, 2, 3]).map((n) => {
        if (n === 3) throw new Error('three')
        return n
      })
      const run = w.run(failing.recover(() => 0).buffer(1, 'drop-newest'), sink)
      await w.advance(1)
      sink.request(9)
      await sink.expectNext(1)
      await sink.expectComplete()

      const dropped = { 'drop-newest': 1, failed: 1 }
      expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 3, out: 1, dropped } })
    })
  })
})

describe('explain', () => {
  it('lists operators that lose items on purpose', () => {
    expect(
      flow([1])
        .via(losing())
        .to(() => {})
        .explain().losses,
    ).toEqual([{ part: 'losing', policy: 'everything' }])
  })
})
