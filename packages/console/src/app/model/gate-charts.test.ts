import { all, breaker, limit } from 'forebay/gates'
import { observeGates } from 'forebay/observe'
import { VirtualClock } from 'forebay/testkit'
import { expect, test } from 'vitest'
import { gateCharts } from './gate-charts.ts'
import type { Sample } from './moments.ts'

test('shows use under the limit, refusals on top of each other, and when a breaker was open', async () => {
  const clock = new VirtualClock(1_000_000)
  const fuse = breaker({ consecutive: 1, openFor: '3s', clock, name: 'fuse' })
  const gate = all([limit(2, { clock }), fuse], { line: 0, clock })
  const gates = observeGates({ api: gate }, { clock })
  const samples: Sample[] = []
  const held = gate.tryAcquire()!
  const ending = gate.tryAcquire()!
  for (let second = 0; second < 10; second++) {
    const asks = second < 5 ? 10 : second < 8 ? 4 : 0
    for (let i = 0; i < asks; i++) await expect(Promise.resolve(gate.acquire())).rejects.toThrow('refused')
    if (second === 5) ending.release('fail')
    const snapshot = gates.inspect()
    samples.push({ wall: snapshot.wall, snapshots: [snapshot], why: [] })
    clock.advanceSync(1000)
    if (second === 8) held.release()
  }
  const { run, gates: inspected } = gates.inspect()
  const { use, sheds, breakers } = gateCharts(samples, run, inspected[0]!.id)

  expect(use.lines.map(({ label, y }) => [label, y.at(0), y.at(-1)])).toEqual([
    ['limit', 2, 2],
    ['in use', 2, 0],
  ])
  expect(sheds.lines.map(({ label }) => label)).toEqual(['open', 'limit'])
  const [open, full] = sheds.lines
  expect(open!.y.at(-1)).toBe(open!.told!.at(-1)! + full!.told!.at(-1)!)
  expect(full!.told!.at(3)).toBe(10)
  expect(breakers).toEqual([
    {
      name: 'fuse',
      spans: [
        { state: 'closed', from: 1000, to: 1005 },
        { state: 'open', from: 1005, to: 1008 },
        { state: 'half-open', from: 1008, to: 1009 },
      ],
    },
  ])
})

test('draws no limit that is none, and what a rate lets in a second beside what it may', () => {
  const clock = new VirtualClock(1_000_000)
  const fuse = breaker({ clock })
  const gates = observeGates([fuse], { clock })
  const samples = [gates.inspect()].map((snapshot) => ({ wall: snapshot.wall, snapshots: [snapshot], why: [] }))
  const { run, gates: inspected } = gates.inspect()

  expect(gateCharts(samples, run, inspected[0]!.id).use.lines.map(({ label }) => label)).toEqual(['in use'])
})
