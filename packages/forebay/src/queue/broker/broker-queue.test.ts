import { describe, expect, it } from 'vitest'
import { FaultyBroker } from '../../../test/support/faulty-broker.ts'
import type { Queue, QueueOptions } from '../queue.ts'

async function open(
  options: QueueOptions<number> = {},
  place: Parameters<FaultyBroker['store']>[0] = {},
): Promise<{ broker: FaultyBroker; queue: Queue<number>; pass: (ms: number) => Promise<void> }> {
  const broker = new FaultyBroker()
  const queue = await broker.store(place).queue<number>('q', options)
  return { broker, queue, pass: (ms) => broker.clock.advance(ms) }
}

const body = (...bodies: number[]): { body: number }[] => bodies.map((one) => ({ body: one }))
const caught = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error)

describe('puts through a broker', () => {
  it('go in one call when they come together, and in order', async () => {
    const { broker, queue } = await open()
    const sender = queue.sender()
    await Promise.all([1, 2, 3].map((n) => sender.put(body(n))))
    expect(broker.puts).toHaveLength(1)
    const receiver = queue.receiver()
    const deliveries = await receiver.batch(3, 0)
    expect(deliveries.map((delivery) => delivery.body)).toEqual([1, 2, 3])
    await receiver.ackAll(deliveries)
    expect(queue.stats()).toMatchObject({ stored: 3, acked: 3, ready: 0, leased: 0, bytes: 0 })
  })

  it('are made again with the very same array when the answer was lost, ahead of what came later', async () => {
    const { broker, queue, pass } = await open()
    broker.loseAnswers = 2
    const first = queue.sender().put(body(1))
    await pass(0)
    const second = queue.sender().put(body(2))
    await pass(5000)
    await Promise.all([first, second])
    expect(broker.puts.length).toBe(4)
    expect(broker.puts[1]).toBe(broker.puts[0])
    expect(broker.puts[2]).toBe(broker.puts[0])
    expect((await queue.receiver().batch(5, 0)).map((delivery) => delivery.body)).toEqual([1, 2])
    expect(queue.stats().stored).toBe(2)
  })

  it('wait in order when the broker is full although there seemed to be room', async () => {
    const { broker, queue, pass } = await open()
    broker.room = 1
    const stored: number[] = []
    const puts = [1, 2, 3].map((n) =>
      queue
        .sender()
        .put(body(n))
        .then(() => stored.push(n)),
    )
    await pass(100)
    expect(stored).toEqual([1])
    broker.room = 1
    broker.events.room()
    await pass(0)
    expect(stored).toEqual([1, 2])
    broker.room = 5 // nobody says so: it is found out
    await pass(2000)
    await Promise.all(puts)
    expect(stored).toEqual([1, 2, 3])
  })

  it('have no credit while the broker is away, and credit again when it is back', async () => {
    const { broker, queue, pass } = await open()
    const told: string[] = []
    queue.sender().onCredit(({ state, reason }) => told.push(reason ?? state))
    broker.events.pause('broker', 'gone')
    expect(queue.sender().credit).toEqual({ items: 0, bytes: 0, state: 'paused', reason: 'broker', message: 'gone' })
    expect(queue.stats().paused).toEqual({ reason: 'broker', message: 'gone' })
    const waits = queue.sender().put(body(1))
    await pass(60_000)
    expect(broker.puts).toEqual([])
    expect(queue.stats().waiting).toBe(1)
    await expect(queue.measure()).rejects.toMatchObject({ code: 'FOREBAY_UNAVAILABLE', message: 'q: gone' })
    broker.events.pause('broker', 'still gone')
    expect(queue.sender().credit.message).toBe('still gone')
    broker.events.resume()
    await waits
    expect(queue.sender().credit).not.toHaveProperty('message')
    expect(queue.stats()).not.toHaveProperty('paused')
    expect(told).toEqual(['broker', 'open'])
  })

  it('never have more on their way than the window', async () => {
    const { broker, queue, pass } = await open({}, { window: { items: 10, bytes: 1e6 } })
    broker.isManual = true
    const puts = Array.from({ length: 25 }, (_, n) => queue.sender().put(body(n)))
    await pass(1)
    expect(broker.puts.flat()).toHaveLength(10)
    expect(queue.sender().credit).toMatchObject({ items: 0, reason: 'window' })
    for (let round = 0; round < 5; round++) {
      broker.answer()
      await pass(1)
    }
    await Promise.all(puts)
    expect(queue.sender().credit.state).toBe('open')
    expect(broker.puts.flat()).toHaveLength(25)
  })

  it('are refused when the queue is closed and the broker does not answer', async () => {
    const { broker, queue, pass } = await open()
    broker.loseAnswers = Infinity
    const put = caught(queue.sender().put(body(1)))
    await pass(1)
    broker.events.pause('broker', 'gone')
    await queue.close()
    expect(await put).toMatchObject({ code: 'FOREBAY_CLOSED' })
  })

  it('are refused when the queue is closed and the broker is silent for too long, and deliveries go back before', async () => {
    const { broker, queue, pass } = await open()
    await queue.sender().put(body(1))
    await queue.receiver().batch(1, 0)
    broker.isSilent = true
    const put = caught(queue.sender().put(body(2)))
    await pass(1)
    broker.events.pause('broker', 'blocked', true)
    expect(await queue.measure()).toMatchObject({ stored: 1, leased: 1 }) // it can be looked at
    let isClosed = false
    const closed = queue.close().then(() => (isClosed = true))
    await pass(1)
    expect(broker.settled).toMatchObject([{ how: 'release' }])
    await pass(4998)
    expect(isClosed).toBe(false)
    await pass(1)
    await closed
    expect(await put).toMatchObject({ code: 'FOREBAY_CLOSED' })
    expect(queue.stats()).toMatchObject({ rejected: 1, stored: 1 })
  })

  it('are refused at once by a policy that does not wait', async () => {
    const { broker, queue } = await open({ overflow: 'reject', maxItems: 10 })
    broker.room = 0
    expect(await caught(queue.sender().put(body(1)))).toMatchObject({ code: 'FOREBAY_SHED' })
    expect(queue.sender().credit.items).toBe(10)
    broker.events.pause('broker', 'gone')
    expect(await caught(queue.sender().put(body(1)))).toMatchObject({ code: 'FOREBAY_UNAVAILABLE' })
    expect(queue.stats()).toMatchObject({ rejected: 2, stored: 0 })
  })

  it('that the broker refuses for good take no put of another caller along', async () => {
    const { broker, queue } = await open()
    broker.poison.add('bad')
    const [sender, other] = [queue.sender(), queue.sender()]
    const puts = [
      sender.put(body(1, 2)),
      caught(other.put([{ body: 3, id: 'bad' }, { body: 4 }])),
      other.put(body(5)),
      sender.put(body(6)),
    ]
    const [first, bad] = await Promise.all(puts)
    expect(first).toMatchObject([{ status: 'stored' }, { status: 'stored' }])
    expect(bad).toMatchObject({ code: 'FOREBAY_UNAVAILABLE', message: 'bad is refused for good' })
    expect((await queue.receiver().batch(9, 0)).map((delivery) => delivery.body)).toEqual([1, 2, 5, 6])
    expect(queue.stats()).toMatchObject({ stored: 4, rejected: 2 })
  })

  it('that the link refuses are never sent, and take no room', async () => {
    const { broker, queue } = await open({ maxItems: 2 })
    broker.refused.add('large')
    const sender = queue.sender()
    const refused = caught(sender.put([{ body: 1 }, { body: 2, id: 'large' }]))
    await sender.put(body(3, 4))
    expect(await refused).toMatchObject({ code: 'FOREBAY_TOO_LARGE' })
    expect(broker.puts.flat().map(({ id }) => id)).toHaveLength(2)
    expect(queue.stats()).toMatchObject({ stored: 2, rejected: 2 })
  })

  it('that cannot even be encoded are counted as refused', async () => {
    const { queue } = await open({ maxItemBytes: 100 })
    const sender = queue.sender()
    expect(await caught(sender.put([{ body: 1, id: '' }]))).toBeInstanceOf(RangeError)
    expect(await caught(sender.put([{ body: 1, headers: { long: 'x'.repeat(200) } }, { body: 2 }]))).toMatchObject({
      code: 'FOREBAY_TOO_LARGE',
    })
    expect(queue.stats()).toMatchObject({ stored: 0, rejected: 3 })
  })

  it.each(['reject', 'fail', 'drop-oldest'] as const)(
    'whose answer was lost are made again also under a policy that does not wait: %s',
    async (overflow) => {
      const { broker, queue, pass } = await open({ overflow })
      broker.loseAnswers = 2
      const put = queue.sender().put(body(1))
      await pass(5000)
      expect(await put).toMatchObject([{ status: 'stored' }])
      expect(broker.puts[2]).toBe(broker.puts[0])
      expect(queue.stats()).toMatchObject({ stored: 1, rejected: 0, ready: 1 })
    },
  )

  it.each([
    ['reject', 1],
    ['backpressure', 2],
  ] as const)('that the broker answers with a refusal are refused under %s, or made again', async (overflow, calls) => {
    const { broker, queue, pass } = await open({ overflow })
    broker.isManual = true
    broker.loseAnswers = 1
    const put = caught(queue.sender().put(body(1)))
    await pass(1)
    broker.events.pause('disk', 'no room')
    broker.answer()
    await pass(1)
    broker.isManual = false
    broker.events.resume()
    await pass(5000)
    const answer = overflow === 'reject' ? { code: 'FOREBAY_UNAVAILABLE' } : [{ status: 'stored' }]
    expect(await put).toMatchObject(answer)
    expect(broker.puts).toHaveLength(calls)
  })
})

describe('deliveries through a broker', () => {
  it('are asked for as far as receivers want them, and settled together', async () => {
    const { broker, queue, pass } = await open()
    await queue.sender().put(body(1, 2, 3, 4))
    const receiver = queue.receiver({ prefetch: 3 })
    const deliveries = await receiver.batch(10, 0)
    expect(deliveries).toHaveLength(3)
    expect(broker.asked.window).toBe(3)
    const acks = deliveries.map((delivery) => delivery.ack())
    await pass(0)
    await Promise.all(acks)
    expect(broker.settles).toHaveLength(1)
    await receiver.close()
    expect(broker.asked.window).toBe(0)
  })

  it('are settled by as many calls at once as the place allows, and what broke off goes again', async () => {
    const { broker, queue, pass } = await open({}, { settleCalls: 2 })
    await queue.sender().put(body(1, 2, 3, 4))
    const receiver = queue.receiver()
    const deliveries = await receiver.batch(4, 0)
    broker.isManual = true
    const acks: Promise<void>[] = []
    for (const delivery of deliveries) {
      acks.push(delivery.ack())
      await pass(0)
    }
    expect(broker.settles.map((settlements) => settlements.length)).toEqual([1, 1])
    broker.loseAnswers = 1
    broker.answer()
    await pass(0)
    expect(queue.stats()).toMatchObject({ acked: 1, leased: 3 })
    broker.isManual = false
    broker.answer()
    await pass(1000)
    await Promise.all(acks)
    const [first, , third, fourth] = broker.settles
    expect([third, fourth]).toContain(first)
    expect(broker.settled).toHaveLength(4)
    expect(queue.stats()).toMatchObject({ acked: 4, leased: 0 })
  })

  it('that were given to somebody else are lost leases, alone and among others', async () => {
    const { broker, queue } = await open()
    await queue.sender().put(body(1, 2, 3))
    const receiver = queue.receiver()
    const [one, two, three] = await receiver.batch(3, 0)
    broker.out.delete([...broker.out][0]!)
    broker.out.delete([...broker.out][0]!)
    expect(await caught(one!.ack())).toMatchObject({ code: 'FOREBAY_LEASE_LOST' })
    const both = await caught(receiver.ackAll([two!, three!]))
    expect(both).toMatchObject({ code: 'FOREBAY_LEASE_LOST' })
    expect(queue.stats()).toMatchObject({ acked: 1 })
    expect((await queue.measure()).leased).toBe(0)
  })

  it('end when the link says that their leases are gone, and nobody waits for an ack that nobody will answer', async () => {
    const { broker, queue, pass } = await open()
    await queue.sender().put(body(1, 2))
    const receiver = queue.receiver()
    const [one, two] = await receiver.batch(2, 0)
    broker.loseAnswers = 1
    const ack = caught(one!.ack())
    await pass(0)
    broker.events.pause('broker', 'gone')
    broker.events.lost([...broker.out, ...broker.settled.map((settlement) => settlement.held)])
    expect(await ack).toMatchObject({ code: 'FOREBAY_LEASE_LOST' })
    expect(await caught(two!.ack())).toMatchObject({ code: 'FOREBAY_LEASE_LOST' })
    expect(receiver.unsettled).toBe(0)
  })

  it('are acknowledged once when the answer to the ack was lost', async () => {
    const { broker, queue, pass } = await open()
    await queue.sender().put(body(1))
    const [delivery] = await queue.receiver().batch(1, 0)
    broker.loseAnswers = 3
    const ack = delivery!.ack()
    await pass(10_000)
    await ack
    expect(broker.settles[3]).toBe(broker.settles[0])
    expect(queue.stats()).toMatchObject({ acked: 1, leased: 0 })
  })

  it('that the broker cannot settle take no others along, and are not here any more', async () => {
    const { broker, queue, pass } = await open()
    await queue.sender().put([{ body: 1 }, { body: 2, id: 'bad' }, { body: 3 }, { body: 4 }])
    const receiver = queue.receiver()
    const [one, bad, three, four] = await receiver.batch(4, 0)
    broker.poison.add('bad')
    const ends = Promise.all([one!.ack(), caught(bad!.nack({ reason: 'no' })), three!.ack()])
    await pass(0)
    const [, refused] = await ends
    expect(refused).toMatchObject({ code: 'FOREBAY_UNAVAILABLE', message: 'bad is refused for good' })
    expect(broker.settled.map(({ held }) => held.stored.seq)).toEqual([1, 3])
    expect(queue.stats()).toMatchObject({ acked: 2, failed: 1, leased: 2 })
    broker.out.delete([...broker.out].find(({ stored }) => stored.id === 'bad')!) // its lease ends there
    expect(await queue.measure()).toMatchObject({ leased: 1 })
    await receiver.ackAll([four!])
    expect(await queue.measure()).toMatchObject({ acked: 3, leased: 0 })
  })

  it('that are acknowledged together keep what the broker said of the one that it cannot settle', async () => {
    const { broker, queue, pass } = await open()
    await queue.sender().put([{ body: 1 }, { body: 2, id: 'bad' }])
    const receiver = queue.receiver()
    const deliveries = await receiver.batch(2, 0)
    broker.poison.add('bad')
    const ends = caught(receiver.ackAll(deliveries))
    await pass(0)
    expect(await ends).toMatchObject({
      code: 'FOREBAY_LEASE_LOST',
      message: '1 leases have ended, message bad among them: bad is refused for good',
      cause: { code: 'FOREBAY_UNAVAILABLE' },
    })
    expect(queue.stats()).toMatchObject({ acked: 1 })
  })

  it('whose lease ends before the work are retried with that reason, and dead after the last attempt', async () => {
    const { broker, queue, pass } = await open({ lease: 100, maxAttempts: 2 })
    await queue.sender().put(body(1))
    await queue.receiver().batch(1, 0)
    await pass(101)
    expect(broker.settled).toMatchObject([{ how: 'retry', delayMs: 0, reason: 'the lease ended before the work did' }])
    const [held] = broker.settled
    broker.ready.push({ ...held!.held, stored: { ...held!.held.stored, failed: 1 } })
    const [again] = await queue.receiver().batch(1, 0)
    expect(again?.attempt).toBe(2)
    await again?.nack({ reason: 'no' })
    expect(broker.settled[1]).toMatchObject({ how: 'dead', reason: 'no' })
  })

  it('that came after nobody wants them any more go back at once where their lease runs already', async () => {
    const { broker, queue, pass } = await open()
    await queue.sender().put(body(1))
    const [held] = broker.ready.splice(0)
    const gaveUp = new AbortController()
    const pull = caught(queue.receiver().next(gaveUp.signal))
    await pass(0)
    gaveUp.abort(new Error('enough'))
    await pull
    const late = { ...held!, deadline: broker.clock.now() + 1000 }
    broker.out.add(late)
    broker.events.deliver([late])
    await pass(0)
    expect(broker.settled).toMatchObject([{ how: 'release' }])
    expect(queue.stats()).toMatchObject({ ready: 1, leased: 0 })
  })

  it('extend their lease from when it was asked for', async () => {
    const { broker, queue, pass } = await open({ lease: 100 })
    await queue.sender().put(body(1))
    const [delivery] = await queue.receiver().batch(1, 0)
    await pass(90)
    broker.isManual = true
    const extended = delivery!.extend(100)
    await pass(5)
    broker.answer()
    await extended
    expect(delivery!.deadline).toBe(190)
  })
})
