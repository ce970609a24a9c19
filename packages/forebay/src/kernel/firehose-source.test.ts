import { describe, expect, test, vi } from 'vitest'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import type { BoundedEdge } from './bounded-edge.ts'
import type { Context } from './context.ts'
import { FirehoseSource } from './firehose-source.ts'
import { Meter } from './meter.ts'
import type { Enter, FirehoseNode } from './plan.ts'
import type { RunEnvironment } from './run-environment.ts'
import { StageAccount } from './stage-account.ts'

type Start = FirehoseNode['start']

/** A firehose before an edge that notes what it is given; `started` runs when it is opened. */
function firehose(started: (...args: Parameters<Start>) => void = () => {}, enter?: Enter) {
  const clock = new VirtualClock()
  const meter = new Meter(clock)
  const offered: unknown[] = []
  const edge = {
    attach: vi.fn(),
    offer: (value: unknown, context: Context | undefined) => {
      offered.push([value, context])
      return 'accepted'
    },
    complete: () => void offered.push('done'),
    fail: (error: unknown) => void offered.push(`failed ${String(error)}`),
  }
  const env = {
    clock,
    meter,
    stage: (options: { name: string; kind: string; sync: boolean }) =>
      new StageAccount({ id: '1', slots: 1, meter, ...options }),
  }
  const unsubscribe = vi.fn()
  let emit: Parameters<Start>[0] | undefined
  let end: Parameters<Start>[1] | undefined
  const start: Start = (...args) => {
    ;[emit, end] = args
    started(...args)
    return unsubscribe
  }
  const node = { type: 'firehose', name: 'ticks', start } as const
  const source = new FirehoseSource(node, edge as unknown as BoundedEdge, env as unknown as RunEnvironment, enter)
  return {
    source,
    offered,
    unsubscribe,
    edge,
    clock,
    meter,
    emit: (value: unknown, context?: Context) => emit?.(value, context),
    end: (failure?: { error: unknown }) => end?.(failure),
  }
}

describe('a firehose', () => {
  test('gives what it has to its edge, whenever it likes, and counts it', () => {
    const f = firehose()
    expect(f.edge.attach).toHaveBeenCalledExactlyOnceWith(f.source)
    f.source.open()
    f.clock.advanceSync(5)
    const context = { key: 'a' }
    expect([f.emit(1), f.emit(2, context)]).toEqual(['accepted', 'accepted'])

    expect(f.offered).toEqual([
      [1, undefined],
      [2, context],
    ])
    expect(f.source.stage.inspect()).toMatchObject({ name: 'ticks', kind: 'firehose', sync: true, in: 2, emitted: 2 })
    expect(f.meter.t).toBe(5)
  })

  test('makes records of its items where the run has them', () => {
    const f = firehose(undefined, (context) => ({ ...context, level: 2 }))
    f.source.open()
    f.emit(1, { key: 'a' })

    expect(f.offered).toEqual([[1, { key: 'a', level: 2 }]])
  })

  test('cannot be slowed: credit means nothing to it', () => {
    const f = firehose()
    f.source.open()
    f.source.request()

    expect([f.source.takeReady(), f.source.revoke(), f.emit(1)]).toEqual([undefined, 0, 'accepted'])
  })

  test('ends as it says, once, and is unsubscribed from', () => {
    for (const failure of [undefined, { error: 'broken' }]) {
      const f = firehose()
      f.source.open()
      expect(f.source.isOver).toBe(false)
      f.end(failure)
      expect([f.offered, f.source.isOver]).toEqual([[failure === undefined ? 'done' : 'failed broken'], true])
      expect(f.emit(1)).toBe('closed')
      f.source.cancel()
      expect([f.unsubscribe.mock.calls.length, f.source.stage.in]).toEqual([1, 0])
    }
  })

  test('that ends while it starts is unsubscribed from as well', () => {
    const f = firehose((_emit, end) => end())
    f.source.open()

    expect([f.offered, f.unsubscribe.mock.calls.length]).toEqual([['done'], 1])
  })

  test('ends as if its data had ended when it is stopped, and silently when it is cancelled', () => {
    const stopped = firehose()
    stopped.source.open()
    stopped.source.stop()
    expect([stopped.offered, stopped.unsubscribe.mock.calls.length]).toEqual([['done'], 1])

    const cancelled = firehose()
    cancelled.source.open()
    cancelled.source.cancel()
    cancelled.source.cancel()
    expect([cancelled.offered, cancelled.unsubscribe.mock.calls.length, cancelled.emit(1)]).toEqual([[], 1, 'closed'])
    firehose().source.cancel()
  })
})
