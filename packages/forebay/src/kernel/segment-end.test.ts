import { describe, expect, test, vi } from 'vitest'
import { SegmentRig } from '../../test/support/segment-rig.ts'
import { failing, map, spied, twice } from '../../test/support/spied-operators.ts'
import { noRecord, type Lease } from './context.ts'
import { operator, type Down } from './operator.ts'

describe('the end of a segment', () => {
  test('comes behind the last item, without credit, once', () => {
    const r = new SegmentRig([spied().operator])
    r.give(1)
    r.finish()
    expect(r.received).toEqual([])
    r.segment.request(1)
    expect(r.received).toEqual([1, 'done'])
    r.segment.request(1)
    r.segment.wake()
    r.segment.wakeSoon()
    r.segment.cancel('late')
    r.segment.stop()

    expect(r.received).toEqual([1, 'done'])
    expect([r.pull.cancelled, r.segment.hasTold, r.segment.isOver, r.segment.failure]).toEqual([
      [],
      true,
      true,
      undefined,
    ])
  })

  test('is that of its source also when it fails', () => {
    const r = new SegmentRig()
    const inFlight: number[] = []
    r.onEnd = () => inFlight.push(r.stage.inspect().inFlight)
    r.finish({ error: 'broken' })

    expect([r.received, r.segment.failure, inFlight]).toEqual([['failed broken'], { error: 'broken' }, [0]])
    expect(r.pull.cancelled).toEqual([])
  })

  test('waits for operators that still hold something, and closes each once', () => {
    const { operator: watched, seen } = spied()
    const r = new SegmentRig([twice(), watched])
    r.give(1)
    r.finish()
    r.segment.request(1)
    expect([r.received, seen.closed]).toEqual([[1], []])
    const { runs } = r.pull
    r.segment.wake()
    r.segment.request(1)

    expect([r.received, seen.closed, r.pull.runs]).toEqual([[1, 1, 'done'], [undefined], runs])
  })

  test('comes also when the turn is over with the last item that was asked for', () => {
    const r = new SegmentRig()
    for (let n = 0; n < 8; n++) r.pull.items.push([n, undefined])
    r.pull.end = {}
    r.clock.readMs = 1
    r.segment.request(8)
    expect(r.received).toHaveLength(8)
    r.clock.readMs = 0
    r.clock.advanceSync(10)

    expect(r.received.at(-1)).toBe('done')
  })

  test('is looked for once more behind an operator that only learns of it', () => {
    const held: unknown[] = []
    let isEnding = false
    const gathering = operator<any, any>('gather', { cardinality: 'many', bound: 8 }, (down) => ({
      push: (value) => void held.push(value),
      pull: () => {
        if (!isEnding) return
        while (held.length > 0 && down.hasCredit()) down.push(held.shift(), undefined)
        if (held.length === 0) down.complete()
      },
      complete: () => void (isEnding = true),
    }))
    const first = spied()
    for (const end of [(r: SegmentRig) => r.finish(), () => first.seen.control?.finish()]) {
      isEnding = false
      const r = new SegmentRig([first.operator, gathering])
      r.give(1, 2)
      r.segment.request(5)
      end(r)
      expect(r.received).toEqual([1, 2, 'done'])
    }
  })

  test('that an operator has brought about is not that of its source, nor of an operator above', () => {
    const complete = [vi.fn(), vi.fn()]
    const [first, second] = complete.map((fn) => spied({ complete: fn })) as [
      ReturnType<typeof spied>,
      ReturnType<typeof spied>,
    ]
    const r = new SegmentRig([first.operator, second.operator])
    r.give(1)
    r.finish()
    r.onNext = () => {
      second.seen.control?.finish()
      first.seen.control?.finish()
    }
    r.segment.request(5)

    expect([r.received, r.pull.cancelled]).toEqual([[1, 'done'], []])
    expect(complete.map((fn) => fn.mock.calls.length)).toEqual([0, 0])
  })

  test('comes early when an operator wants no more: what it holds flows out, its source is told', () => {
    const { operator: first, seen } = spied()
    const r = new SegmentRig([first, twice()])
    r.give(1, 2, 3)
    r.onNext = () => seen.control?.finish()
    r.segment.request(1)
    expect([r.received, r.pull.cancelled]).toEqual([[1], [undefined]])
    r.segment.request(5)

    expect(r.received).toEqual([1, 1, 'done'])
    expect([r.pull.cancelled, seen.closed]).toEqual([[undefined], [undefined]])
  })

  test('comes when it is stopped: as the source says, or at once where that has nothing to say', () => {
    const r = new SegmentRig()
    r.give(1)
    r.segment.stop()
    r.segment.stop()
    expect([r.received, r.pull.cancelled]).toEqual([['done'], [undefined]])

    const stop = vi.fn()
    const own = new SegmentRig([], { stop })
    own.segment.stop()
    expect([stop.mock.calls.length, own.received]).toEqual([1, []])
    own.finish()
    own.segment.stop()
    expect([stop.mock.calls.length, own.received, own.pull.cancelled]).toEqual([1, ['done'], []])
  })
})

describe('a segment that is cancelled', () => {
  test('tells its source and closes its operators, once, and hands on nothing more', () => {
    const { operator: watched, seen } = spied()
    const r = new SegmentRig([watched])
    r.segment.request(3)
    r.segment.cancel('enough')
    r.segment.cancel('again')
    r.segment.request(2)
    r.give(1)
    r.finish()

    expect([r.pull.cancelled, seen.closed, r.received, r.segment.n]).toEqual([['enough'], ['enough'], [], 0])
    expect([r.segment.isOver, r.segment.hasTold]).toEqual([true, false])
  })

  test('while it hands something on does so when that is done', () => {
    const { operator: watched, seen } = spied()
    const r = new SegmentRig([watched])
    const meanwhile: unknown[] = []
    r.onNext = () => {
      r.segment.cancel('enough')
      meanwhile.push([...r.pull.cancelled, ...seen.closed])
    }
    r.give(1, 2)
    r.segment.request(5)

    expect([meanwhile, r.received, r.pull.cancelled, seen.closed]).toEqual([[[]], [1], ['enough'], ['enough']])
    expect(r.stage.inspect()).toMatchObject({ slotsIn: [0, 0, 1, 0] })
  })
})

describe('what an operator throws', () => {
  const leased = () => ({ settle: vi.fn<Lease['settle']>(), split: vi.fn<Lease['split']>() })
  const error = new Error('broken')

  test('fails the segment: its item is counted and its account ended, its source is told', () => {
    const { operator: watched, seen } = spied()
    const r = new SegmentRig([watched, failing(2, error)])
    const lease = leased()
    r.pull.items.push([1, undefined], [2, { lease }], [3, undefined])
    r.segment.request(5)

    expect([r.received, r.pull.cancelled, seen.closed]).toEqual([[1, 'failed Error: broken'], [error], [error]])
    expect(lease.settle).toHaveBeenCalledExactlyOnceWith('failed', error)
    expect([r.stage.failed, r.segment.failure]).toEqual([1, { error }])
  })

  test('is told to the next operator below that wants to know, which may still hand something on', () => {
    const above = vi.fn<(error: unknown) => void>()
    const made = operator<any, any>('rescue', { cardinality: 'one' }, (down) => ({
      push: (value, context) => down.push(value, context),
      fail: () => {
        down.push('rescued', undefined)
        down.complete()
      },
    }))
    const r = new SegmentRig([spied({ fail: above }).operator, failing(2, error), made])
    r.give(1, 2)
    r.segment.request(5)

    expect([r.received, above.mock.calls]).toEqual([[1, 'rescued', 'done'], []])
    expect(r.pull.cancelled).toEqual([error])
  })

  test('ends with the second error when that operator throws as well', () => {
    const second = new Error('worse')
    const throws = (): never => {
      throw second
    }
    const r = new SegmentRig([failing(1, error), spied({ fail: throws }).operator])
    r.give(1)
    r.segment.request(5)

    expect([r.received, r.pull.cancelled]).toEqual([['failed Error: worse'], [error]])
  })

  test('when it is pulled is told below it, and fails no item of the source', () => {
    const pulled = operator<any, any>('pulled', { cardinality: 'many', bound: 1 }, (down) => ({
      push: (value, context) => down.push(value, context),
      pull: () => {
        throw error
      },
    }))
    const r = new SegmentRig([pulled])
    r.give(1)
    r.segment.request(1)

    expect([r.received, r.pull.cancelled]).toEqual([['failed Error: broken'], [error]])
  })

  test('is not counted for an item of no record', () => {
    const made = operator<any, any>('made', { cardinality: 'many', bound: 1 }, (down) => ({
      push: (value) => down.push(value, noRecord),
    }))
    const r = new SegmentRig([made, failing(1, error)])
    r.give(1)
    r.segment.request(1)

    expect([r.stage.failed, r.received]).toEqual([0, ['failed Error: broken']])
  })

  test('while it closes fails the run, and keeps no other from closing', () => {
    const throws = (): never => {
      throw error
    }
    const last = spied()
    const r = new SegmentRig([spied({ close: throws }).operator, last.operator])
    r.segment.cancel('enough')

    expect([r.failures, last.seen.closed]).toEqual([[error], ['enough']])
  })

  test('after it has cancelled its own segment is told to nobody', () => {
    let r: SegmentRig | undefined = undefined
    const cancels = map(() => {
      r?.segment.cancel('enough')
      throw error
    })
    const below = vi.fn<(error: unknown) => void>()
    r = new SegmentRig([cancels, spied({ fail: below }).operator])
    r.give(1)
    r.segment.request(1)

    expect([r.received, r.pull.cancelled, r.stage.failed]).toEqual([[], ['enough'], 1])
    expect(below).not.toHaveBeenCalled()
  })
})

describe('what happens while a segment does not run', () => {
  test('an operator that ends it from outside ends all of it', () => {
    for (const error of [undefined, 'broken']) {
      const { operator: below, seen } = spied()
      let down: Down<any> | undefined
      const timer = operator<any, any>('timer', { cardinality: 'one' }, (next) => {
        down = next
        return { push: (value, context) => next.push(value, context) }
      })
      const r = new SegmentRig([timer, below])
      r.segment.request(1)
      if (error === undefined) down?.complete()
      else down?.fail(error)
      down?.complete()

      expect([r.received, r.pull.cancelled]).toEqual([[error === undefined ? 'done' : 'failed broken'], [error]])
      expect([seen.closed, r.segment.isOver]).toEqual([[error], true])
    }
  })

  test('a cancelled one is blocked no longer', () => {
    const r = new SegmentRig()
    r.give(1)
    r.clock.advanceSync(4)
    r.segment.cancel('enough')
    r.clock.advanceSync(6)
    expect(r.stage.inspect()).toMatchObject({ blockedMs: 4, starvedMs: 6 })

    const passage = new SegmentRig([], { ownsStage: false })
    passage.stage.to(1)
    passage.segment.cancel('enough')
    passage.clock.advanceSync(6)
    expect(passage.stage.inspect()).toMatchObject({ blockedMs: 6, starvedMs: 0 })
  })
})
