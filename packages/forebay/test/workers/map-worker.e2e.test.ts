import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { flow, isForebayError } from 'forebay'
import { elastic, mapWorker, type ElasticChange, type MapWorkerOptions } from 'forebay/workers'
import { describe, expect, it } from 'vitest'

const module = pathToFileURL(join(import.meta.dirname, 'work.mjs'))
const kinds = ['thread', 'process'] as const

const through = <A, B>(options: MapWorkerOptions<A>) =>
  mapWorker<A, B>(module, { workers: 2, function: 'work', ...options })

const entry = (name: string): string => JSON.stringify(import.meta.resolve(name))

/** Processes that this one has started and that still run. */
function children(): string[] {
  const out = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
  return out.split('\n').filter((line) => line.includes('worker-main.js'))
}

/** The error of a flow that fails. */
async function errorOf(run: Promise<unknown>): Promise<any> {
  return run.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error,
  )
}

describe.each(kinds)('work in a %s', (kind) => {
  it('comes back whole and in order, and no worker is left', async () => {
    const before = process.getActiveResourcesInfo().length
    const results = await flow.range(1, 20_000).via(through<number, number>({ kind })).toArray(20_000)

    expect(results).toEqual(Array.from({ length: 20_000 }, (_, at) => (at + 1) * 2))
    expect(children()).toEqual([])
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before + 1)
  })

  it('comes as it is ready when order does not matter', async () => {
    const results = await flow
      .range(1, 5000)
      .via(through<number, number>({ kind, order: 'completion' }))
      .toArray(5000)

    expect(results.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 5000 }, (_, at) => (at + 1) * 2))
  })

  it('is done elsewhere, by as many as were asked for, with the data that it was given', async () => {
    const places = await flow
      .range(1, 200)
      .map(() => ({ does: 'where' }))
      .via(through<object, any>({ kind, items: 1, data: { a: [1] } }))
      .toArray(200)

    expect(new Set(places.map(({ worker }) => worker))).toEqual(new Set([1, 2]))
    expect(places[0].data).toEqual({ a: [1] })
    expect(places[0].isMainThread).toBe(kind === 'process')
    expect(new Set(places.map(({ pid }) => pid)).has(process.pid)).toBe(kind === 'thread')
  })

  it('fails with the stack of the worker, the code and the key of the item', async () => {
    const failing = flow([{ does: 'throw', name: 'seven' }]).via(
      through<{ does: string; name: string }, never>({ kind, key: ({ name }) => name }),
    )
    const error = await errorOf(failing.drain())

    expect(isForebayError(error, 'FOREBAY_WORKER_ERROR')).toBe(true)
    expect(error.message).toBe('mapWorker: item seven: no seven')
    expect(error.cause).toMatchObject({ name: 'RangeError', code: 'E_ODD' })
    expect(error.cause.stack).toContain('work.mjs')
  })

  it('survives a function that throws what is no error, and results that cannot be sent', async () => {
    const items = [{ does: 'throw a string' }, 1, { does: 'function' }, 2]
    const run = flow(items)
      .via(through<unknown, number>({ kind, onError: 'resume' }))
      .toArray(9)

    expect(await run).toEqual([2, 4])
  })

  it('goes on in another worker when one exits, and gives up the item that it exits of', async () => {
    const items = Array.from({ length: 300 }, (_, n) => (n === 150 ? { does: 'exit' } : n))
    const results = await flow(items)
      .via(through<unknown, number>({ kind, onError: 'resume' }))
      .toArray(300)

    expect(results).toEqual(items.filter((item) => typeof item === 'number').map((n) => n * 2))
  })

  it('goes on in another worker when one spins for ever', async () => {
    const items = [1, 2, { does: 'spin' }, 3]
    const run = flow(items).via(through<unknown, number>({ kind, timeout: 200, retry: 1, key: JSON.stringify }))
    const error = await errorOf(run.drain())
    expect(isForebayError(error, 'FOREBAY_WORKER_DIED')).toBe(true)
    expect(error.message).toMatch(/item {"does":"spin"}: its worker has died: hung/)

    const results = await flow(items)
      .via(through<unknown, number>({ kind, timeout: 200, retry: 1, onError: 'resume' }))
      .toArray(9)
    expect(results).toEqual([2, 4, 6])
    expect(children()).toEqual([])
  })

  it('ends an item that waits for too long, alone, and tells it', async () => {
    const items = [{ does: 'wait', ms: 1 }, { does: 'wait', ms: 60_000 }, { does: 'never' }, 4]
    const results = await flow(items)
      .via(through<unknown, unknown>({ kind, timeout: 300, perWorker: 4, onError: 'resume' }))
      .toArray(9)
    expect(results).toEqual(['waited', 8])

    const stopped = flow(items).via(through<unknown, unknown>({ kind, timeout: 300 }))
    expect(isForebayError(await errorOf(stopped.drain()), 'FOREBAY_TIMEOUT')).toBe(true)
  })

  it('works on several waiting items at once when it may', async () => {
    const start = performance.now()
    await flow
      .range(1, 40)
      .map(() => ({ does: 'wait', ms: 100 }))
      .via(through<unknown, unknown>({ kind, perWorker: 20 }))
      .drain()
    expect(performance.now() - start).toBeLessThan(2500)
  })

  it('dies of a heap that is too large, and not the program', async () => {
    const run = flow([1, { does: 'hoard' }, 2])
      .via(through<unknown, number>({ kind, heap: '32MiB', retry: 0, onError: 'resume', items: 1, window: 1 }))
      .toArray(9)
    expect(await run).toEqual([2, 4])
  })

  it('is told when the flow is cancelled, and ends though it goes on', async () => {
    const started = performance.now()
    const controller = new AbortController()
    const run = flow([{ does: 'wait', ms: 60_000 }, { does: 'spin' }])
      .via(through<unknown, unknown>({ kind, items: 1, window: 1 }))
      .to(() => {})
      .run({ signal: controller.signal })
    setTimeout(() => controller.abort(new Error('enough')), 300)
    await errorOf(run.done)

    expect(run.inspect().balanced).toBe(true)
    await expect.poll(() => children(), { timeout: 5000 }).toEqual([])
    expect(performance.now() - started).toBeLessThan(30_000)
  })

  it('says what is wrong with a module, and does not start it for ever', async () => {
    const missing = mapWorker(pathToFileURL(join(import.meta.dirname, 'missing.mjs')), { kind, workers: 2 })
    const error = await errorOf(flow([1]).via(missing).drain())
    expect(isForebayError(error, 'FOREBAY_WORKER_START')).toBe(true)
    expect(error.message).toContain('missing.mjs')

    const wrong = await errorOf(
      flow([1])
        .via(mapWorker(module, { kind, function: 'nothing' }))
        .drain(),
    )
    expect(wrong.message).toContain("expected a function as export 'nothing', got number")
    const data = await errorOf(
      flow([1])
        .via(through({ kind, data: () => {} }))
        .drain(),
    )
    expect(isForebayError(data, 'FOREBAY_WORKER_START')).toBe(true)
    await expect.poll(() => children(), { timeout: 5000 }).toEqual([])
    expect(
      await flow([1])
        .via(mapWorker(module, { kind, function: 'named', workers: 1 }))
        .toArray(1),
    ).toEqual(['named 1'])
  })

  it('takes a module in TypeScript', async () => {
    const typed = mapWorker<number, string>(join(import.meta.dirname, 'typed.ts'), {
      kind,
      workers: 1,
      function: 'typed',
    })
    expect(await flow([1, 2]).via(typed).toArray(2)).toEqual(['typed 1', 'typed 2'])
  })
})

describe('work in threads', () => {
  it('gets buffers without a copy, and gives them back so', async () => {
    const bytes = new ArrayBuffer(1 << 20)
    const item = { does: 'length', bytes }
    const lengths = flow([item]).via(
      mapWorker<typeof item, number>(module, { workers: 1, function: 'work', transfer: ({ bytes: moved }) => [moved] }),
    )
    expect(await lengths.toArray(1)).toEqual([1 << 20])
    expect(bytes.byteLength).toBe(0)

    const made = flow([{ does: 'buffer', size: 4096 }]).via(
      mapWorker<unknown, ArrayBuffer>(module, { workers: 1, function: 'work' }),
    )
    expect((await made.toArray(1)).map(({ byteLength }) => byteLength)).toEqual([4096])
  })

  it('refuses what cannot be', () => {
    expect(() => mapWorker('./work.mjs')).toThrow(/module: expected an absolute path or a URL/)
    expect(() => mapWorker(module, { workers: 0 })).toThrow(/workers: expected/)
    expect(() => mapWorker(module, { kind: 'fibre' as 'thread' })).toThrow(/kind: expected/)
    expect(() => mapWorker(module, { kind: 'process', transfer: () => [] })).toThrow(/transfer: expected threads/)
    expect(() => mapWorker(module, { retry: 1, transfer: () => [] })).toThrow(/retry: expected 0/)
    expect(() => mapWorker(module, { heap: '1MiB' })).toThrow(/heap: expected/)
    expect(() => mapWorker(module, { timeout: 0 })).toThrow(/timeout: expected/)
  })
})

describe.each(kinds)('an elastic number of workers, each a %s', (kind) => {
  it('grows with the load, shrinks without it, and leaves nobody behind', async () => {
    const changes: ElasticChange[] = []
    const workers = elastic({ max: 4, every: 200, cooldown: 500, onChange: (change) => changes.push(change) })
    const waiting = flow.range(1, 300).map(() => ({ does: 'wait', ms: 30 }))
    const idle = flow(pausing()).map((ms) => ({ does: 'wait', ms }))
    const run = waiting
      .concat(idle)
      .via(through<object, string>({ kind, workers, items: 1 }))
      .toArray(1000)

    expect((await run).every((result) => result === 'waited')).toBe(true)
    const sizes = changes.map(({ to }) => to)
    expect(Math.max(...sizes)).toBe(4)
    expect(sizes.at(-1)).toBeLessThan(4)
    expect(children()).toEqual([])
  })
})

/** Little work, now and then. */
async function* pausing(): AsyncGenerator<number> {
  for (let n = 0; n < 12; n++) {
    await new Promise((resolve) => setTimeout(resolve, 150))
    yield 1
  }
}

describe.each(kinds)('a program that is no file, with a %s', (kind) => {
  it('has its work done', () => {
    const code = `
      import { flow } from ${entry('forebay')}
      import { mapWorker } from ${entry('forebay/workers')}
      const work = mapWorker(${JSON.stringify(module.href)}, { kind: '${kind}', workers: 1, function: 'work' })
      console.log((await flow([1, 2]).via(work).toArray(2)).join())`
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', code], {
      encoding: 'utf8',
      timeout: 60_000,
    })
    expect(out).toBe('2,4\n')
  })
})

describe('work in processes', () => {
  it('ends with its program, however that ends', async () => {
    const code = `
      import { flow } from ${entry('forebay')}
      import { mapWorker } from ${entry('forebay/workers')}
      const items = [{ does: 'where' }, { does: 'wait', ms: 600000 }]
      const work = mapWorker(${JSON.stringify(module.href)}, { kind: 'process', function: 'work', workers: 1, perWorker: 2, order: 'completion', items: 1 })
      await flow(items).via(work).forEach(({ pid }) => console.log(pid))`
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [text] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
    const pid = Number(text)
    expect(() => process.kill(pid, 0)).not.toThrow()
    child.kill('SIGKILL')
    await once(child, 'exit')
    await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false)
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
