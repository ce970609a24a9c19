import { describe, expect, it } from 'vitest'
import { migrate } from './migrate.ts'

/** What became of a TypeScript file, and every note. */
function change(text: string, name = 'file.ts'): { text: string; notes: string[] } {
  const { text: changed, notes } = migrate(name, text)
  return { text: changed, notes: notes.map(({ line, message }) => `${line}: ${message}`) }
}

describe('p-limit', () => {
  it('becomes a gate, with work that takes arguments wrapped', () => {
    const { text, notes } = change(`import pLimit from 'p-limit'
import { download } from './download.ts'

const limit = pLimit(5)

export async function all(urls: string[]): Promise<string[]> {
  const results = await Promise.all(urls.map((url) => limit(() => download(url))))
  await limit(download, 'https://example.org', { retry: true })
  await limit(async (n) => n + 1, 41)
  await limit(download)
  console.log(limit.activeCount, limit.pendingCount)
  return results
}
`)
    expect(text).toBe(`import { gate } from 'forebay'
import { download } from './download.ts'

const limit = gate({ concurrency: 5 })

export async function all(urls: string[]): Promise<string[]> {
  const results = await Promise.all(urls.map((url) => limit(() => download(url))))
  await limit(() => download('https://example.org', { retry: true }))
  await limit(() => (async (n) => n + 1)(41))
  await limit(() => download())
  console.log(limit.gate.stats.inUse, limit.gate.stats.waiting)
  return results
}
`)
    expect(notes).toEqual([expect.stringMatching(/^4: at most 1,000 calls wait/)])
  })

  it('is found in a class, behind require, and with options', () => {
    expect(
      change(
        `const pLimit = require('p-limit');
class Loader {
  constructor(slots) {
    this.limit = pLimit({ concurrency: slots });
  }
  load(id) {
    return this.limit(() => fetch(id));
  }
}
`,
        'file.js',
      ).text,
    ).toBe(`const { gate } = require('forebay');
class Loader {
  constructor(slots) {
    this.limit = gate({ concurrency: slots });
  }
  load(id) {
    return this.limit(() => fetch(id));
  }
}
`)
    expect(
      change(
        `import pLimit from 'p-limit'\nclass A {\n  readonly #limit = pLimit(2)\n  go() { return this.#limit(() => 1) }\n}\n`,
      ).text,
    ).toContain('readonly #limit = gate({ concurrency: 2 })')
  })

  it('says what it could not change, and leaves it', () => {
    const source = `import pLimit from 'p-limit'
export const limiters = [pLimit(1)]
const limit = pLimit(2)
limit.clearQueue()
start(limit)
const out = await limit.map([1, 2], (n) => n)
`
    const { text, notes } = change(source)
    expect(text).toContain(`import { gate } from 'forebay'\nimport pLimit from 'p-limit'`)
    expect(text).toContain('[pLimit(1)]')
    expect(notes.join('\n')).toMatch(/2: .*without a name of its own/)
    expect(notes.join('\n')).toMatch(/4: there is no clearQueue/)
    expect(notes.join('\n')).toMatch(/5: 'limit' is passed on/)
    expect(notes.join('\n')).toMatch(/6: `map` gives a flow/)
  })

  it('keeps the import for types that are named, and says what they are called here', () => {
    const { text, notes } = change(`import pLimit, { type LimitFunction } from 'p-limit'
const limit: LimitFunction = pLimit(3)
await limit(() => 1)
`)
    expect(text).toBe(`import { gate } from 'forebay'
import pLimit, { type LimitFunction } from 'p-limit'
const limit: LimitFunction = gate({ concurrency: 3 })
await limit(() => 1)
`)
    expect(notes).toHaveLength(1)
    const queue = `import PQueue from 'p-queue'\nconst queue: PQueue = new PQueue({ concurrency: 1 })\n`
    expect(change(queue).notes.join('\n')).toMatch(/2: the type 'PQueue' is 'GatedCall'/)
  })

  it('uses another name where gate is taken, and leaves a name alone that means two things', () => {
    expect(change(`import pLimit from 'p-limit'\nconst gate = 1\nconst limit = pLimit(gate)\n`).text).toBe(
      `import { gate as makeGate } from 'forebay'\nconst gate = 1\nconst limit = makeGate({ concurrency: gate })\n`,
    )
    expect(
      change(`import pLimit from 'p-limit'\nconst gate = 1\nconst makeGate = 2\nconst limit = pLimit(gate)\n`).text,
    ).toContain('const limit = forebayGate({ concurrency: gate })')
    const twice = `import pLimit from 'p-limit'\nconst limit = pLimit(1)\nfunction f(limit) { return limit(() => 1) }\n`
    expect(change(twice)).toEqual({
      text: twice,
      notes: [expect.stringMatching(/^2: 'limit' is declared more than once/)],
    })
  })
})

describe('p-queue', () => {
  it('becomes a gate with its rate, and add becomes a call', () => {
    const { text, notes } = change(`import PQueue from 'p-queue'

const queue = new PQueue({ concurrency: 10, interval: 1000, intervalCap: 50, timeout: 5000, autoStart: false })

export const send = (mail: Mail): Promise<void> => queue.add(() => deliver(mail), { priority: mail.isUrgent ? 1 : 0 })
export const soon = (mail: Mail, signal: AbortSignal): Promise<void> => queue.add(({ signal }) => deliver(mail, signal), { priority: 10, signal })
export const many = (jobs: Job[]) => queue.addAll(jobs)
if (queue.size > 100) await queue.onSizeLessThan(100)
console.log(queue.pending)
`)
    expect(text).toBe(`import { gate } from 'forebay'

const queue = gate({ concurrency: 10, rate: { limit: 50, per: 1000, burst: 50 }, timeout: 5000 })

export const send = (mail: Mail): Promise<void> => queue(() => deliver(mail))
export const soon = (mail: Mail, signal: AbortSignal): Promise<void> => queue(({ signal }) => deliver(mail, signal), { level: 0, signal })
export const many = (jobs: Job[]) => Promise.all(jobs.map((work) => queue(work)))
if (queue.gate.stats.waiting > 100) await queue.onSizeLessThan(100)
console.log(queue.gate.stats.inUse)
`)
    expect(notes.join('\n')).toMatch(/3: the option 'autoStart' has no counterpart/)
    expect(notes.join('\n')).toMatch(/5: priorities are levels/)
    expect(notes.join('\n')).toMatch(/8: there is no onSizeLessThan/)
  })

  it('leaves a queue alone that bounds nothing, and one whose options it cannot see', () => {
    for (const made of ['new PQueue()', 'new PQueue(options)', 'new PQueue({ ...options })']) {
      const source = `import PQueue from 'p-queue'\nconst queue = ${made}\nqueue.add(work)\n`
      expect(change(source).text).toBe(source)
      expect(change(source).notes).toHaveLength(1)
    }
  })
})

describe('bottleneck', () => {
  it('becomes a gate, and schedule and wrap become calls', () => {
    const { text, notes } = change(`import Bottleneck from 'bottleneck'

const limiter = new Bottleneck({ maxConcurrent: 3, minTime: 200, highWater: 50, strategy: Bottleneck.strategy.LEAK })
const get = limiter.wrap(fetchPage)
const page = await limiter.schedule(fetchPage, url, 2)
const urgent = await limiter.schedule({ priority: 1, weight: 2, expiration: 3000, id: 'x' }, () => fetchPage(url))
limiter.on('error', console.error)
`)
    expect(text).toContain('const limiter = gate({ concurrency: 3, rate: { limit: 1, per: 200, burst: 1 }, line: 50 })')
    expect(text).toContain('const get = (...args) => limiter(() => (fetchPage)(...args))')
    expect(text).toContain('const page = await limiter(() => fetchPage(url, 2))')
    expect(text).toContain('const urgent = await limiter(() => fetchPage(url), { level: 0, cost: 2, timeout: 3000 })')
    expect(text).toContain(`import { gate } from 'forebay'\nimport Bottleneck`)
    expect(notes.join('\n')).toMatch(/3: a full line refuses/)
    expect(notes.join('\n')).toMatch(/3: the option 'strategy'/)
    expect(notes.join('\n')).toMatch(/7: events/)
  })

  it('makes a rate of a reservoir', () => {
    expect(
      change(
        `const Bottleneck = require('bottleneck')
const limiter = new Bottleneck({ reservoir: 100, reservoirRefreshAmount: 100, reservoirRefreshInterval: 60 * 1000 })
module.exports = () => limiter.schedule(() => call())
`,
        'file.cjs',
      ).text,
    ).toBe(`const { gate } = require('forebay')
const limiter = gate({ rate: { limit: 100, per: 60 * 1000, burst: 100 } })
module.exports = () => limiter(() => call())
`)
  })
})

describe('opossum', () => {
  it('becomes a gate with a breaker, fire becomes a call, and the fallback goes along', () => {
    const { text, notes } = change(`import CircuitBreaker from 'opossum'
import { priceOf } from './prices.ts'

const breaker = new CircuitBreaker(priceOf, {
  timeout: 3000,
  errorThresholdPercentage: 40,
  resetTimeout: 10_000,
  errorFilter: (error) => error.status === 404,
})
breaker.fallback((article: string) => 0)
breaker.on('open', () => console.log('open'))

export const price = (article: string): Promise<number> => breaker.fire(article)
`)
    expect(text).toContain(
      'const breaker = gate({ breaker: { failureRate: 0.4, openFor: 10_000, probes: 1 }, timeout: 3000 })',
    )
    expect(text).toContain(
      'breaker(() => priceOf(article), { fallback: (error) => ((article: string) => 0)(article, error) })',
    )
    expect(text).not.toContain('breaker.fallback')
    expect(notes.join('\n')).toMatch(/8: errorFilter/)
    expect(notes.join('\n')).toMatch(/11: events/)
  })

  it('gives a function without a name one, and keeps the times that opossum has when none are given', () => {
    expect(
      change(`import CircuitBreaker from 'opossum'
export const breaker = new CircuitBreaker(async (id: string) => load(id), { capacity: 4, timeout: false })
await breaker.fire('a')
`).text,
    ).toBe(`import { gate } from 'forebay'
const breakerWork = async (id: string) => load(id)
export const breaker = gate({ concurrency: 4, breaker: { openFor: 30_000, probes: 1 } })
await breaker(() => breakerWork('a'))
`)
    expect(change(`import B from 'opossum'\nconst b = new B(work)\nb.fire()\n`).text).toContain('timeout: 10_000')
  })
})

describe('cockatiel', () => {
  it('becomes one gate of the policies that are wrapped', () => {
    const { text, notes } =
      change(`import { bulkhead, circuitBreaker, ExponentialBackoff, handleAll, retry, SamplingBreaker, timeout, TimeoutStrategy, wrap } from 'cockatiel'

const retries = retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff({ initialDelay: 50, maxDelay: 2000 }) })
const breaker = circuitBreaker(handleAll, {
  halfOpenAfter: 10_000,
  breaker: new SamplingBreaker({ threshold: 0.2, duration: 30_000 }),
})
const policy = wrap(retries, breaker, timeout(2000, TimeoutStrategy.Aggressive), bulkhead(10, 100))

export const get = (url: string): Promise<Response> => policy.execute(({ signal }) => fetch(url, { signal }))
`)
    expect(text).toBe(`import { gate } from 'forebay'

const policy = gate({ retry: { max: 3, backoff: { base: 50, max: 2000 } }, breaker: { failureRate: 0.2, window: 30_000, openFor: 10_000, probes: 1 }, timeout: 2000, concurrency: 10, line: 100 })

export const get = (url: string): Promise<Response> => policy(({ signal }) => fetch(url, { signal }))
`)
    expect(notes).toHaveLength(3)
  })

  it('gives a fallback and a signal with each call', () => {
    expect(
      change(`import { bulkhead, fallback, handleAll, wrap } from 'cockatiel'
const policy = wrap(fallback(handleAll, 'nothing'), bulkhead(2))
await policy.execute(() => load(), signal)
`).text,
    ).toBe(`import { gate } from 'forebay'
const policy = gate({ concurrency: 2, line: 0 })
await policy(() => load(), { signal, fallback: () => ('nothing') })
`)
  })

  it('leaves policies alone that it does not understand, and those that are used elsewhere', () => {
    const untouched = [
      `import { retry, handleAll } from 'cockatiel'\nconst policy = retry(handleAll, { maxAttempts: 3 })\nawait policy.execute(work)\n`,
      `import { circuitBreaker, handleType, ConsecutiveBreaker } from 'cockatiel'\nconst policy = circuitBreaker(handleType(HttpError), { halfOpenAfter: 1, breaker: new ConsecutiveBreaker(5) })\nawait policy.execute(work)\n`,
      `import { wrap, bulkhead } from 'cockatiel'\nimport { shared } from './shared.ts'\nconst policy = wrap(shared, bulkhead(2))\nawait policy.execute(work)\n`,
    ]
    for (const source of untouched) {
      expect(change(source).text).toBe(source)
      expect(change(source).notes).toHaveLength(1)
    }
    const { text } = change(`import { bulkhead, timeout, TimeoutStrategy, wrap } from 'cockatiel'
export const limited = bulkhead(2)
const policy = wrap(timeout(5, TimeoutStrategy.Cooperative), limited)
await policy.execute(() => 1)
`)
    expect(text).toContain('export const limited = bulkhead(2)')
    expect(text).toContain(`from 'forebay'\nimport { bulkhead`)
    expect(text).toContain('const policy = gate({ timeout: 5, concurrency: 2, line: 0 })')
  })
})

it('leaves a file alone that uses none of them, and says where one cannot be parsed', () => {
  const source = `const limit = (n: number) => n\nlimit(1)\n`
  expect(change(source)).toEqual({ text: source, notes: [] })
  expect(() => migrate('file.ts', 'const = 1')).toThrow(SyntaxError)
})

it('makes code that runs: what it wrote is parsed again without an error', () => {
  const source = `import pLimit from 'p-limit'\nimport PQueue from 'p-queue'\nconst a = pLimit(1)\nconst b = new PQueue({ concurrency: 2 })\nawait a(() => b.add(() => a(work, 1)))\n`
  const once = migrate('file.ts', source).text
  expect(migrate('file.ts', once)).toMatchObject({ text: once, isChanged: false })
  expect(once).toContain('await a(() => b(() => a(() => work(1))))')
})

describe('what is written', () => {
  it('imports gate once, however many packages it takes the place of', () => {
    const { text } = change(`import CircuitBreaker from 'opossum'
import pLimit from 'p-limit'
const limit = pLimit(2)
const breaker = new CircuitBreaker(work)
await limit(() => breaker.fire(1))
`)
    expect(text.match(/import \{ gate \}/g)).toHaveLength(1)
    expect(text).not.toMatch(/p-limit|opossum/)
    expect(text).toContain('await limit(() => breaker(() => work(1)))')
    expect(
      change(`import { gate as door } from 'forebay'\nimport pLimit from 'p-limit'\nconst limit = pLimit(2)\n`).text,
    ).toBe(`import { gate as door } from 'forebay'\nconst limit = door({ concurrency: 2 })\n`)
  })

  it('computes what is passed once and at once, as it was', () => {
    const opossum = `import B from 'opossum'\nconst b = new B(work)\n`
    expect(change(`${opossum}await b.fire(await id(), 1)\n`).text).toContain(
      'await b(((...args) => () => work(...args))(await id(), 1))',
    )
    expect(change(`${opossum}await b.fire()\n`).text).toContain('await b(() => work())')
    const computed = `${opossum}b.fallback(() => 0)\nawait b.fire(await id())\n`
    expect(change(computed)).toEqual({ text: computed, notes: [expect.stringMatching(/^2: with a fallback/)] })
    const limit = `import pLimit from 'p-limit'\nconst limit = pLimit(1)\n`
    expect(change(`${limit}while (ids.length) calls.push(limit(load, ids.shift()))\n`).text).toContain(
      'limit(((work, ...args) => () => work(...args))(load, ids.shift()))',
    )
    expect(change(`${limit}await limit(await workOf(1))\n`).text).toContain(
      'await limit(((work) => () => work())(await workOf(1)))',
    )
    expect(change(`${limit}await limit(isFast ? quick : slow, 1)\n`).text).toContain(
      'await limit(() => (isFast ? quick : slow)(1))',
    )
    expect(
      change(
        `import Bottleneck from 'bottleneck'\nconst l = new Bottleneck({ maxConcurrent: 1 })\nconst get = l.wrap(await make())\n`,
      ).text,
    ).toContain('const get = ((work) => (...args) => l(() => work(...args)))(await make())')
    expect(change(`${opossum.replace('work', 'make()')}await b.fire(1)\n`).text).toContain(
      'const bWork = make()\nconst b = gate(',
    )
  })

  it('leaves a breaker alone whose fallback fires it again, or that is given two', () => {
    for (const fallbacks of ['b.fallback(() => b.fire(0))', 'b.fallback(() => 1)\nb.fallback(() => 2)']) {
      const source = `import B from 'opossum'\nconst b = new B(work)\n${fallbacks}\nawait b.fire(1)\n`
      expect(change(source)).toEqual({ text: source, notes: [expect.stringMatching(/^2: .*fallback/)] })
    }
    expect(change(`import B from 'opossum'\nconst b = new B(args.work)\nb.fire(id())\n`).text).toContain(
      'b(((...given) => () => args.work(...given))(id()))',
    )
  })

  it('leaves functions of p-queue as they are, which are given a signal here too', () => {
    const { text } = change(`import PQueue from 'p-queue'
const q = new PQueue({ concurrency: 1 })
q.add(({ signal }) => fetch(url, { signal }))
q.add(job, { priority: 1 })
q.addAll(await jobs())
`)
    expect(text).toContain('q(({ signal }) => fetch(url, { signal }))')
    expect(text).toContain('q(job, { level: 0 })')
    expect(text).toContain('Promise.all((await jobs()).map((work) => q(work)))')
  })

  it('changes what is inside of something that is put elsewhere, and notes what it could not change there', () => {
    const { text } = change(`import pLimit from 'p-limit'
import CB from 'opossum'
const lim = pLimit(2)
const b = new CB(async (x) => lim(get, x))
b.fallback(() => lim(cached, 1))
await b.fire(lim.activeCount)
`)
    expect(text).toContain('const bWork = async (x) => lim(() => get(x))\n')
    expect(text).toContain(
      'await b(() => bWork(lim.gate.stats.inUse), { fallback: (error) => (() => lim(() => cached(1)))(lim.gate.stats.inUse, error) })',
    )
    const { notes } = change(`import pLimit from 'p-limit'\nconst a = pLimit(2)\nconst b = pLimit(\n  a.activeCount)\n`)
    expect(notes.join('\n')).toMatch(/4: this is inside of something else that was changed/)
  })

  it('says that other files may use what is exported', () => {
    const limit = `import pLimit from 'p-limit'\n`
    for (const rest of ['export const limit = pLimit(5)\n', 'const limit = pLimit(5)\nexport { limit as slots }\n']) {
      expect(change(limit + rest).notes.join('\n')).toMatch(/2: 'limit' is exported: change by hand/)
    }
    expect(change(`${limit}const limit = pLimit(5)\nexport { limit } from './other.ts'\n`).notes.join()).not.toContain(
      'exported',
    )
  })

  it('leaves a name alone that a pattern declares as well', () => {
    for (const pattern of ['{ q }', '{ a: { q } }', '[q]', '{ q = 1 }', '...q', '{ ...q }']) {
      const source = `import PQueue from 'p-queue'\nconst q = new PQueue({ concurrency: 1 })\nfunction f(${pattern}) { return q.size }\n`
      expect(change(source)).toEqual({
        text: source,
        notes: [expect.stringMatching(/^2: 'q' is declared more than once/)],
      })
    }
    const policy = `import { bulkhead } from 'cockatiel'\nconst p = bulkhead(2)\nconst f = ({ p }) => p.execute(work)\n`
    expect(change(policy)).toEqual({ text: policy, notes: [expect.stringMatching(/declared more than once/)] })
  })

  it('keeps the fields of two classes apart', () => {
    const { text } = change(`import pLimit from 'p-limit'
class A {
  limit = pLimit(1)
  go() { return this.limit(work, 1) }
}
class B {
  constructor() { this.limit = pLimit(2) }
  reset() { this.limit = pLimit(3) }
  go() { return this.limit(work, 2) }
}
`)
    expect(text).toContain('return this.limit(() => work(1))')
    expect(text).toContain('return this.limit(() => work(2))')
  })

  it('is nothing when it would be no program, and a note says so', () => {
    const source = `import B from 'opossum'\nconst bWork = 1\nconst b = new B(async () => 1)\n`
    expect(migrate('file.ts', source)).toEqual({
      text: source,
      isChanged: false,
      notes: [{ line: 1, message: expect.stringMatching(/^nothing was changed/) as string }],
    })
  })
})
