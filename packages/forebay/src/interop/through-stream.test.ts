import { gunzipSync, gzipSync, inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Flow } from '../flow/flow.ts'
import { flow } from '../flow/sources.ts'
import { deflate, gunzip, gzip, inflate } from './compression.ts'
import { throughStream } from './through-stream.ts'

interface Log {
  readonly calls: unknown[]
}

/** A pair that writes down what it is told. */
function loggedPair(
  log: Log,
  transform: (n: number) => readonly number[] = (n) => [n],
): TransformStream<number, number> {
  const inner = new TransformStream<number, number>({
    transform: (n, controller) => {
      log.calls.push(n)
      for (const out of transform(n)) controller.enqueue(out)
    },
    flush: () => void log.calls.push('flush'),
  })
  return inner
}

async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise(setImmediate)
}

describe('a flow through a pair of streams', () => {
  it('gives what comes out, and is a pair of its own for each run', async () => {
    const log: Log = { calls: [] }
    const piece = throughStream(() => loggedPair(log, (n) => [n, n * 10]))
    for (let run = 0; run < 2; run++) {
      expect(await flow.range(1, 3).via(piece).toArray(9)).toEqual([1, 10, 2, 20, 3, 30])
    }
    expect(log.calls).toEqual([1, 2, 3, 'flush', 1, 2, 3, 'flush'])
  })

  it('writes nothing that nobody has asked for, and one item at a time', async () => {
    const log: Log = { calls: [] }
    let read = 0
    const items = flow.range(1, 100).tap(() => read++)
    const iterator = items.via(throughStream(() => loggedPair(log))).iterate()
    await settled()
    expect([read, log.calls]).toEqual([0, []])
    expect((await iterator.next()).value).toBe(1)
    await settled()
    // One more may lie in the queue of the writable end.
    expect(read).toBeLessThanOrEqual(2)
    expect((await iterator.next()).value).toBe(2)
    await settled()
    expect(read).toBeLessThanOrEqual(3)
    await iterator.return?.()
  })

  it('completes without demand for the end, and empty', async () => {
    expect(
      await flow<number>([])
        .via(throughStream(() => new TransformStream()))
        .toArray(1),
    ).toEqual([])
    expect(
      await flow([1])
        .via(throughStream(() => new TransformStream()))
        .first(),
    ).toBe(1)
  })

  it('fails with the error of the pair, behind what has come out of it, and the account agrees', async () => {
    const piece = throughStream<number, number>(
      () =>
        new TransformStream({
          transform: (n, controller) => {
            if (n === 3) throw new Error('three')
            controller.enqueue(n)
          },
        }),
    )
    const seen: number[] = []
    const run = flow
      .range(1, 9)
      .via(piece)
      .to((n) => void seen.push(n))
      .run()
    await expect(run.done).rejects.toThrow('three')
    expect(seen).toEqual([1, 2])
    const { balanced, ledger } = run.inspect()
    expect(balanced).toBe(true)
    expect(ledger.in).toBe(ledger.out + Object.values(ledger.dropped).reduce((sum, n) => sum + n, 0))
  })

  it('tells both ends of a failure upstream, and why', async () => {
    const told: string[] = []
    const torn = flow.range(1, 3).map((n) => {
      if (n === 2) throw new Error('torn')
      return n
    })
    const pair = {
      writable: new WritableStream<number>({ abort: (reason) => void told.push(`abort ${String(reason)}`) }),
      readable: new ReadableStream<number>({ cancel: (reason) => void told.push(`cancel ${String(reason)}`) }),
    }
    await expect(torn.via(throughStream(() => pair)).count()).rejects.toThrow('torn')
    await settled()
    expect(told.toSorted()).toEqual(['abort Error: torn', 'cancel Error: torn'])
  })

  it('gives both ends up when downstream has had enough, and when the run is cancelled', async () => {
    for (const end of ['take', 'cancel']) {
      const told: string[] = []
      const pair = {
        writable: new WritableStream<number>({ abort: () => void told.push('abort') }),
        readable: new ReadableStream<number>({
          pull: (controller) => controller.enqueue(7),
          cancel: () => void told.push('cancel'),
        }),
      }
      const through: Flow<number> = flow.range(1, 1e5).via(throughStream<number, number>(() => pair))
      const run = (end === 'take' ? through.take(1) : through).to(() => {}).run()
      await settled()
      run.cancel('enough')
      await run.done.catch(() => {})
      await settled()
      expect(told.toSorted()).toEqual(['abort', 'cancel'])
      expect(run.inspect().balanced).toBe(true)
    }
  })

  it('completes when the readable end does before its input, which is closed', async () => {
    let closed = 0
    const endless = {
      *[Symbol.iterator]() {
        try {
          for (let n = 1; ; n++) yield n
        } finally {
          closed++
        }
      },
    }
    const first = throughStream<number, number>(
      () =>
        new TransformStream({
          transform: (n, controller) => {
            controller.enqueue(n)
            if (n === 2) controller.terminate()
          },
        }),
    )
    expect(await flow(endless).via(first).toArray(9)).toEqual([1, 2])
    expect(closed).toBe(1)
  })

  it('counts what a pair swallows as filtered, and what it makes itself as no record', async () => {
    const evenAndSum = throughStream<number, number>(() => {
      let sum = 0
      return new TransformStream<number, number>({
        transform: (n, controller) => {
          sum += n
          if (n % 2 === 0) controller.enqueue(n)
        },
        flush: (controller) => controller.enqueue(sum),
      })
    })
    const run = flow
      .range(1, 5)
      .via(evenAndSum)
      .to(() => {})
      .run()
    expect(await run.done).toBe(3)
    expect(run.inspect()).toMatchObject({ balanced: true, ledger: { in: 5, out: 5, inFlight: 0 } })
  })

  it('fails when more goes in than may be held without anything coming out', async () => {
    const sponge = throughStream<number, number>(() => new TransformStream({ transform: () => {} }), { maxHeld: 3 })
    await expect(flow.range(1, 3).via(sponge).count()).resolves.toBe(0)
    await expect(flow.range(1, 9).via(sponge).count()).rejects.toMatchObject({ code: 'FOREBAY_OVERFLOW' })
  })

  it('refuses what is no pair, one that is in use, and one of another run', async () => {
    expect(() => throughStream({} as never)).toThrow(/^throughStream: expected a function/)
    expect(() => throughStream(() => new TransformStream(), { maxHeld: 0 })).toThrow(RangeError)
    for (const pair of [undefined, {}, { readable: 1, writable: 2 }]) {
      await expect(
        flow([1])
          .via(throughStream(() => pair as never))
          .count(),
      ).rejects.toThrow(/expected \{ readable/)
    }
    const locked = new TransformStream<number, number>()
    locked.readable.getReader()
    await expect(
      flow([1])
        .via(throughStream(() => locked))
        .count(),
    ).rejects.toThrow(TypeError)
    const shared = new TransformStream<number, number>()
    const piece = throughStream(() => shared)
    expect(await flow([1]).via(piece).count()).toBe(1)
    await expect(flow([1]).via(piece).count()).rejects.toMatchObject({ code: 'FOREBAY_ALREADY_RUN' })
  })
})

describe('compression', () => {
  const text = 'forebay '.repeat(40_000)
  const chunks = Array.from({ length: 40 }, (_, n) => text.slice(n * 8000, (n + 1) * 8000))

  it('packs what anybody can unpack, and unpacks what anybody has packed', async () => {
    const packed = Buffer.concat(await flow(chunks).via(gzip()).toArray(1000))
    expect(gunzipSync(packed).toString()).toBe(text)
    const deflated = Buffer.concat(await flow(chunks).via(deflate()).toArray(1000))
    expect(inflateSync(deflated).toString()).toBe(text)

    const cut = Array.from({ length: Math.ceil(packed.length / 7) }, (_, n) => packed.subarray(n * 7, n * 7 + 7))
    expect(Buffer.concat(await flow(cut).via(gunzip()).toArray(1000)).toString()).toBe(text)
    expect(Buffer.concat(await flow([deflated]).via(inflate()).toArray(1000)).toString()).toBe(text)
    expect(Buffer.concat(await flow(chunks).via(gzip()).via(gunzip()).toArray(1000)).toString()).toBe(text)
    expect(await flow<string>([]).via(gzip()).via(gunzip()).count()).toBe(0)
  })

  it('fails with a stable code for what is cut short, damaged or something else', async () => {
    const packed = gzipSync(text)
    const damaged = Buffer.from(packed)
    damaged[packed.length - 6] = (damaged[packed.length - 6] as number) ^ 1
    const bad = [
      packed.subarray(0, packed.length - 6),
      packed.subarray(0, 8),
      damaged,
      Buffer.from('no gzip'),
      Buffer.alloc(0),
    ]
    for (const bytes of bad) {
      const run = flow([bytes])
        .via(gunzip())
        .to(() => {})
        .run()
      await expect(run.done).rejects.toMatchObject({ code: 'FOREBAY_CORRUPT', cause: expect.any(Error) })
      expect(run.inspect().balanced).toBe(true)
    }
  })

  it('stops at the bytes that may come out', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000))
    let out = 0
    const run = flow([bomb])
      .via(gunzip({ maxOutputBytes: '1MiB' }))
      .to((chunk) => void (out += chunk.length))
      .run()
    await expect(run.done).rejects.toMatchObject({ code: 'FOREBAY_TOO_LARGE' })
    expect(out).toBeLessThanOrEqual(1024 ** 2)
    expect(() => inflate({ maxOutputBytes: 0 })).toThrow(/^maxOutputBytes/)
  })

  it('says so where the runtime has none', async () => {
    const { CompressionStream } = globalThis
    Reflect.deleteProperty(globalThis, 'CompressionStream')
    try {
      await expect(flow(['a']).via(gzip()).count()).rejects.toMatchObject({ code: 'FOREBAY_UNSUPPORTED' })
    } finally {
      Object.defineProperty(globalThis, 'CompressionStream', {
        value: CompressionStream,
        configurable: true,
        writable: true,
      })
    }
  })
})
