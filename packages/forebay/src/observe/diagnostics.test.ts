import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, expect, test } from 'vitest'
import type { Snapshot } from '../kernel/snapshot.ts'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { snapshotAt, type FlowSketch } from '../../test/support/snapshot-pair.ts'
import { diagnostics } from './diagnostics.ts'
import { sampler, type Sampler } from './sampler.ts'

const calm: FlowSketch = {
  stages: { read: { busy: 0.2 }, save: { busy: 0.5 } },
  edges: { 'read>save': {} },
  gates: { guard: { kind: 'breaker', state: 'closed' } },
}

const told: { name: string; message: Record<string, unknown> }[] = []
const names = ['drop', 'shed', 'breaker', 'bottleneck', 'stall'].map((name) => `forebay:${name}`)
const listener = (message: unknown, name: string | symbol): void =>
  void told.push({ name: String(name), message: message as Record<string, unknown> })

afterEach(() => {
  for (const name of names) unsubscribe(name, listener)
  told.length = 0
})

function scene(): { clock: VirtualClock; samples: Sampler; show: (next: FlowSketch) => void } {
  const clock = new VirtualClock()
  let sketch = calm
  const inspect = (): Snapshot => snapshotAt(sketch, clock.now(), clock.now())
  const samples = sampler([{ inspect }], { clock, hold: 500 })
  return { clock, samples, show: (next) => void (sketch = next) }
}

test('publishes drops, sheds and changes of a breaker as they are seen', async () => {
  for (const name of names) subscribe(name, listener)
  const { clock, samples, show } = scene()
  const stop = diagnostics(samples, channel)
  await clock.advance(250)
  show({
    ...calm,
    edges: { 'read>save': { policy: 'drop-oldest', drops: 8 } },
    gates: { guard: { kind: 'breaker', state: 'open', sheds: { open: 3 } } },
  })
  await clock.advance(250)
  stop()
  await clock.advance(1000)

  expect(told.map(({ name }) => name)).toEqual(['forebay:drop', 'forebay:shed', 'forebay:breaker'])
  expect(told[0]?.message).toMatchObject({
    edge: 'run:read>save',
    policy: 'drop-oldest',
    dropped: { 'drop-oldest': 4 },
  })
  expect(told[1]?.message).toMatchObject({ gate: 'run:guard', sheds: { open: 3 } })
  expect(told[2]?.message).toMatchObject({ name: 'guard', from: 'closed', to: 'open' })
})

test('publishes a verdict when another is shown, and a stall as such', async () => {
  for (const name of names) subscribe(name, listener)
  const { clock, samples, show } = scene()
  diagnostics(samples, channel)
  await clock.advance(5000)
  show({
    stages: { read: { blocked: 1, rate: 0 }, save: { busy: 1, rate: 0 } },
    edges: { 'read>save': { blocked: 1, rate: 0, length: 64 } },
  })
  await clock.advance(30_000)

  const kinds = told.filter(({ name }) => name === 'forebay:bottleneck').map(({ message }) => message['kind'])
  expect(kinds[0]).toBe('input')
  expect(kinds.at(-1)).toBe('stall')
  const stalls = told.filter(({ name }) => name === 'forebay:stall')
  expect(stalls.length).toBe(kinds.filter((kind) => kind === 'stall').length)
})

test('does no work for a channel that nobody listens to', async () => {
  const { clock, samples, show } = scene()
  let published = 0
  diagnostics(samples, () => ({ hasSubscribers: false, publish: () => published++ }))
  show({ ...calm, edges: { 'read>save': { policy: 'drop-oldest', drops: 8 } } })
  await clock.advance(500)

  expect(published).toBe(0)
})
