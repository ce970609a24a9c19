import { expect, test } from 'vitest'
import { checkPlan } from './check-plan.ts'
import type { LoadPlan } from './plan.ts'

const phases = [{ for: '1s', rate: '10/s' }] as const
const good: LoadPlan = { url: 'http://127.0.0.1:8080/a?b=1', phases }

test('a plan of an address and a phase is enough', () => {
  const plan = checkPlan(good)

  expect(plan.requests).toEqual([{ method: 'GET', path: '/a?b=1', headers: {}, body: undefined }])
  expect(plan).toMatchObject({ connections: 256, inFlight: 1024, timeoutMs: 30_000, isEven: false, seed: 1 })
})

test('a tenant sends its key, and what else it is given', () => {
  const { tenants } = checkPlan({
    ...good,
    tenantHeader: 'X-Api-Key',
    tenants: { a: 3, b: { share: 1, key: 'secret', origin: 'http://127.0.0.1:9', headers: { 'X-B': '1' } } },
  })

  expect(tenants).toEqual([
    { name: 'a', origin: 'http://127.0.0.1:8080', headers: { 'x-api-key': 'a' } },
    { name: 'b', origin: 'http://127.0.0.1:9', headers: { 'x-b': '1', 'x-api-key': 'secret' } },
  ])
})

test.each([
  'http://localhost/',
  'http://a.localhost:80/',
  'https://127.1.2.3/',
  'http://[::1]:9/',
  'http://2130706433/',
])('%s is this machine', (url) => {
  expect(checkPlan({ ...good, url }).url.href).toContain('//')
})

test.each([
  'http://example.com/',
  'http://localhost.example.com/',
  'http://127.0.0.1.example.com/',
  'http://10.0.0.1/',
  'http://[::ffff:10.0.0.1]/',
  'http://0.0.0.0/',
])('%s is refused unless it is allowed', (url) => {
  expect(() => checkPlan({ ...good, url })).toThrow(/^url: expected an address of this machine/)
  expect(checkPlan({ ...good, url, allowRemote: true }).url.href).toBe(
    url === 'http://[::ffff:10.0.0.1]/' ? 'http://[::ffff:a00:1]/' : url,
  )
})

test.each<[Record<string, unknown>, string]>([
  [{ url: 'ftp://127.0.0.1/' }, 'url: expected an address that begins with http: or https:'],
  [{ url: 'http://me:secret@127.0.0.1/' }, 'url: expected no name or password'],
  [{ rate: 5 }, 'plan: expected url, phases'],
  [{ phases: [] }, 'phases: expected a list of 1 to 100'],
  [{ phases: [{ for: 0, rate: 1 }] }, 'phases[0].for: expected more than 0'],
  [{ phases: [{ for: '25h', rate: 1 }] }, 'phases: expected at most 24 hours'],
  [{ phases: [{ for: '1s', rate: '10/day' }] }, 'phases[0].rate: expected a rate from 0'],
  [{ phases: [{ for: '1s', rate: -1 }] }, 'phases[0].rate: expected a rate from 0'],
  [{ phases: [{ for: '1s', rate: 2e6 }] }, 'phases[0].rate: expected a rate from 0'],
  [{ phases: [{ for: '1s', rate: 1, too: 2 }] }, 'phases[0]: expected name, for'],
  [{ phases: [{ for: '1s', rate: 1, burst: { every: 0, size: 1 } }] }, 'phases[0].burst.every: expected at least 1 ms'],
  [{ phases: [{ for: '1s', rate: 1, burst: { every: 1, size: 0 } }] }, 'phases[0].burst.size: expected a whole number'],
  [{ phases: [{ for: '1s', rate: 1, tenants: { x: 1 } }] }, 'phases[0].tenants: expected'],
  [
    {
      phases: [
        { name: 'x', for: 1, rate: 1 },
        { name: 'x', for: 1, rate: 1 },
      ],
    },
    'phases: expected names that differ',
  ],
  [{ warmUp: -1 }, 'warmUp: expected'],
  [{ arrivals: 'bursty' }, 'arrivals: expected one of random, even'],
  [{ seed: 1.5 }, 'seed: expected a whole number'],
  [{ requests: [] }, 'requests: expected a list of 1 to 1000'],
  [{ requests: [{ path: 'a' }] }, 'requests[0].path: expected one that begins with /'],
  [{ requests: [{ path: '/a\r\nx: y' }] }, 'requests[0].path: expected one that begins with /'],
  [{ requests: [{ headers: { 'a b': '' } }] }, 'requests[0].headers: expected the name of a header'],
  [{ requests: [{ headers: { a: 'x\r\ny: z' } }] }, 'requests[0].headers.a: expected text without line breaks'],
  [{ requests: [{ share: 0 }] }, 'requests: expected at least one share above 0'],
  [
    { tenants: { a: { share: 1, origin: 'http://127.0.0.1/a' } } },
    'tenants.a.origin: expected an address without a path',
  ],
  [
    { tenants: { a: { share: 1, origin: 'http://10.0.0.1' } } },
    'tenants.a.origin: expected an address of this machine',
  ],
  [{ tenants: { a: 'x' } }, 'tenants.a: expected an object'],
  [{ tenants: { a: { share: Number.NaN } } }, 'tenants: expected shares from 0 to 1e9'],
  [{ tenants: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`t${i}`, 1])) }, 'tenants: expected at most 64'],
  [{ levels: { 4: 1 } }, 'levels: expected a whole number from 0 to 3'],
  [{ deadline: 0 }, 'deadline: expected more than 0'],
  [{ timeout: '25h' }, 'timeout: expected at most 24 hours'],
  [{ retry: { max: 101 } }, 'retry.max: expected a whole number from 0 to 100'],
  [{ retry: { max: 1, policy: 'wild' } }, 'retry.policy: expected one of budget, naive'],
  [{ obey: 'yes' }, 'obey: expected true or false'],
  [{ connections: 0 }, 'connections: expected a whole number from 1'],
  [{ inFlight: Infinity }, 'inFlight: expected a whole number from 1'],
])('%j is refused by name', (wrong, message) => {
  expect(() => checkPlan({ ...good, ...wrong } as LoadPlan)).toThrow(message)
})
