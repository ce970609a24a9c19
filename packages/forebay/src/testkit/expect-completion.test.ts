import { describe, expect, it } from 'vitest'
import { Flow } from '../flow/flow.ts'
import { broadcastNode } from '../flow/junctions/broadcast.ts'
import { flow } from '../flow/sources.ts'
import { expectCompletion } from './expect-completion.ts'
import { VirtualClock } from './virtual-clock.ts'
import { world } from './world.ts'

const never = (): Promise<never> => new Promise(() => {})

function diamond(): Flow<any> {
  const of = broadcastNode(flow.range(1, 100).node, 2)
  const way = (index: number): Flow<number> => new Flow<number>({ type: 'outlet', name: 'broadcast', of, index }, [])
  return way(0).batch(9).zip(way(1))
}

describe('expectCompletion', () => {
  it('gives the result of a run that ends in time', async () => {
    const run = flow
      .range(1, 3)
      .to(() => {})
      .run()
    expect(await expectCompletion(run)).toBe(3)
  })

  it('hands on what failed the run', async () => {
    const run = flow
      .range(1, 3)
      .map(() => {
        throw new Error('no')
      })
      .to(() => {})
      .run()
    await expect(expectCompletion(run)).rejects.toThrow('no')
  })

  it('names work that does not end, when time is up, and cancels the run', async () => {
    const clock = new VirtualClock()
    const run = flow
      .range(1, 3)
      .mapAsync(never, { name: 'call' })
      .to(() => {})
      .run({ clock })
    const end = expectCompletion(run, { within: '2s', clock })
    end.catch(() => {})
    await clock.advance(1999)
    expect(run.inspect().state).toBe('running')
    await clock.advance(1)

    await expect(end).rejects.toMatchObject({ code: 'FOREBAY_STALL' })
    await expect(end).rejects.toThrow(
      /did not complete within 2000 ms\n {2}call works on 1 item and has not ended any for 2 s/,
    )
    await expect(run.done).rejects.toMatchObject({ code: 'FOREBAY_CANCELLED' })
  })

  it('does not wait for the end of its time where stages wait for each other', async () => {
    const clock = new VirtualClock()
    const run = diamond()
      .to(() => {})
      .run({ clock })
    const end = expectCompletion(run, { within: '1m', clock })
    end.catch(() => {})
    await clock.advance(6000)

    await expect(end).rejects.toMatchObject({ code: 'FOREBAY_DEADLOCK' })
    await expect(end).rejects.toThrow(/cannot complete\n {2}deadlock: zip waits for an item of batch/)
  })
})

describe('a world', () => {
  it('says at once which stages wait for each other', async () => {
    const hanging = world(1, async (w) => {
      const sink = w.sink<unknown>()
      w.run(diamond(), sink)
      sink.request(1)
      await sink.expectNext([])
    })
    await expect(hanging).rejects.toMatchObject({ code: 'FOREBAY_DEADLOCK' })
    await expect(hanging).rejects.toThrow(/nothing can happen any more\n {2}deadlock: zip waits for an item of batch/)
  })
})
