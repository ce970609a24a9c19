import { expect, it } from 'vitest'
import { gate } from '../gate.ts'
import { Flow } from '../flow/flow.ts'
import { broadcastNode } from '../flow/junctions/broadcast.ts'
import type { Program } from '../flow/program.ts'
import { flow } from '../flow/sources.ts'
import { world, type World } from '../testkit/world.ts'
import { alerts, type AlertEvent } from './alerts.ts'
import { sampler } from './sampler.ts'

const never = (): Promise<never> => new Promise(() => {})

function diamond(join: (left: Flow<number>, right: Flow<number>) => Flow<any>): Program<any> {
  const of = broadcastNode(flow.range(1, 1000).node, 2)
  const way = (index: number): Flow<number> => new Flow<number>({ type: 'outlet', name: 'broadcast', of, index }, [])
  return join(way(0), way(1)).to(() => {})
}

/** The stall alerts of a program in a minute, and what `why` says of it after that. */
function told(make: (w: World) => Program<any>): Promise<{ stalls: string[]; kind: string }> {
  return world(1, async (w) => {
    const run = w.run(make(w))
    const samples = sampler([run], { clock: w.clock })
    const events: AlertEvent[] = []
    const watch = alerts(samples, { clock: w.clock, post: (event) => void events.push(event) })
    await w.advance(60_000)
    watch.stop()
    samples.stop()
    const stalls = events.filter(({ name }) => name === 'stall').map(({ sentence }) => sentence)
    return { stalls, kind: run.why().kind }
  })
}

it('tells of a ring, within some seconds, and so does run.why()', async () => {
  const { stalls, kind } = await told(() => diamond((a, b) => a.batch(100).zip(b)))
  expect(stalls).toHaveLength(1)
  expect(stalls[0]).toMatch(/^deadlock: zip waits for an item of batch, batch waits for an item of broadcast, /)
  expect(kind).toBe('deadlock')
})

it('tells of a ring that is hidden behind a queue of items', async () => {
  const { stalls } = await told(() => diamond((a, b) => a.concat(b.buffer(4))))
  expect(stalls[0]).toContain('broadcast waits for room at buffer(4), which is full, of concat')
})

it('says what work that does not end holds up', async () => {
  const { stalls, kind } = await told(() =>
    flow
      .range(1, 99)
      .mapAsync(never, { name: 'call' })
      .to(() => {}),
  )
  expect(stalls).toHaveLength(1)
  expect(stalls[0]).toContain('call works on 1 item and has not ended any for ')
  expect(kind).toBe('stall')
})

it.each<[string, (w: World) => Program<any>]>([
  [
    'a gate that lets one item an hour through',
    () =>
      flow
        .range(1, 99)
        .mapAsync((n) => n, { gate: gate.rate({ limit: 1, per: '1h' }) })
        .to(() => {}),
  ],
  [
    'a batch that goes by time though no more items can come',
    () => diamond((a, b) => a.batch({ items: 100, within: '2m' }).zip(b)),
  ],
  [
    'a source that is idle',
    (w) =>
      w
        .source()
        .flow.buffer(4)
        .to(() => {}),
  ],
])('says nothing of %s', async (_name, make) => {
  const { stalls, kind } = await told(make)
  expect(stalls).toEqual([])
  expect(kind).not.toBe('deadlock')
})
