import { expect, test } from 'vitest'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { DirectEdge } from './direct-edge.ts'
import { Meter } from './meter.ts'
import { BLOCKED, StageAccount } from './stage-account.ts'

test('a hand-over without a buffer holds nothing: what has come has gone, and its credit is that of the segment', () => {
  const clock = new VirtualClock()
  const meter = new Meter(clock)
  const stage = (id: string): StageAccount =>
    new StageAccount({ id, name: `stage ${id}`, kind: 'map', slots: 1, sync: true, meter })
  const [from, to] = [stage('1'), stage('2')]
  const segment = { n: 4, isOver: false }
  let handed = 7
  const edge = new DirectEdge(from, to, () => handed, segment, {})
  from.to(BLOCKED)
  clock.advanceSync(30)

  expect(edge.inspect('e')).toEqual({
    id: 'e',
    name: 'stage 1 → stage 2',
    from: '1',
    to: '2',
    policy: 'backpressure',
    durable: false,
    length: 0,
    capacity: 0,
    bytes: 0,
    capacityBytes: 0,
    credit: 4,
    isOver: false,
    put: 7,
    taken: 7,
    dropped: {},
    oldestMs: 0,
    blockedMs: 30,
  })
  handed = 8
  expect([edge.inspect('e').taken, edge.length, edge.to, edge.isBalanced()]).toEqual([8, 0, to, true])
  expect(new DirectEdge(from, to, () => 0, segment, { blockedMs: () => undefined }).inspect('e').blockedMs).toBe(30)
  expect(new DirectEdge(from, to, () => 0, segment, { blockedMs: () => 0 }).inspect('e').blockedMs).toBe(0)
})
