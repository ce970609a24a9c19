import { describe, expect, test } from 'vitest'
import { UsageError } from '../../errors/exit-codes.ts'
import type { LoadStatus } from '../drive/load.ts'
import { Tally } from '../measure/tally.ts'
import { loadOptions } from './options.ts'
import { progressLine } from './progress.ts'

const url = 'http://127.0.0.1/'
const phase = ['--rate', '10/s', '--for', '1s']

describe('the command line of load', () => {
  test('makes a plan of an address, a rate and a time', async () => {
    const { plan, expectations } = await loadOptions([url, ...phase])

    expect({ plan, expectations }).toEqual({ plan: { url, phases: [{ for: '1s', rate: '10/s' }] }, expectations: [] })
  })

  test('understands everything else', async () => {
    const { plan } = await loadOptions([
      ...`${url} --rate 10/s --for 1s --ramp-to 20/s --even --seed 9 --warm-up 2s --tenant-header x-key`.split(' '),
      ...'--levels 0=1,2=9 --deadline 1s --wait-for-late --timeout 2s --retry naive:3 --obey --method PUT'.split(' '),
      ...'--body x --connections 7 --in-flight 8 --yes-i-may --header D:'.split(' '),
      '--header',
      'A: b:c',
      '--tenants',
      'a=3, b=0.5',
    ])

    expect(plan).toEqual({
      url,
      phases: [{ for: '1s', rate: '10/s', to: '20/s' }],
      arrivals: 'even',
      seed: 9,
      warmUp: '2s',
      tenants: { a: 3, b: 0.5 },
      tenantHeader: 'x-key',
      levels: { 0: 1, 2: 9 },
      deadline: '1s',
      waitForLate: true,
      timeout: '2s',
      retry: { max: 3, policy: 'naive' },
      obey: true,
      requests: [{ method: 'PUT', headers: { D: '', A: 'b:c' }, body: 'x' }],
      connections: 7,
      inFlight: 8,
      allowRemote: true,
    })
  })

  test.each([
    [[], 'which address?'],
    [[url], 'how much, and for how long?'],
    [[url, '--rate', '10/s'], '--rate and --for belong together'],
    [[url, url, ...phase], 'one address at a time'],
    [[url, ...phase, '--tenants', 'a'], '--tenants: expected for instance a=3,b=1'],
    [[url, ...phase, '--levels', '0=x'], '--levels: expected for instance'],
    [[url, ...phase, '--retry', 'often'], '--retry: expected for instance 3 or naive:3'],
    [[url, ...phase, '--header', 'a'], "--header: expected 'name: value'"],
    [[url, ...phase, '--seed', '-1'], 'seed'],
    [[url, ...phase, '--connections', '1e3'], '--connections: expected a whole number'],
    [[url, ...phase, '--out', 'x.gif'], '--out: expected a file that ends in .html, .json'],
    [[url, ...phase, '--expect', 'fast'], 'expect: expected for instance'],
    [[url, '--plan', 'missing.ts'], 'there is no file missing.ts'],
    [[url, '--plan', 'missing.json'], 'missing.json: '],
    [[url, ...phase, '--fast'], '--fast'],
  ])('says what is wrong with %j', async (args, message) => {
    await expect(loadOptions(args)).rejects.toThrow(UsageError)
    await expect(loadOptions(args)).rejects.toThrow(message)
  })
})

test('progress shows rates between two looks, and names only what went wrong', () => {
  const tally = new Tally()
  const look = (elapsedMs: number): LoadStatus => ({
    elapsedMs,
    totalMs: 90_000,
    phase: elapsedMs < 90_000 ? 'spike' : undefined,
    inFlight: 4,
    figures: tally.figures(1),
    recent: { p50: 12, p90: 20, p99: 48, p999: 50, max: 50, mean: 15 },
  })
  const before = look(60_000)
  for (let i = 0; i < 200; i++) tally.add('ok', 10, 1)
  tally.add('shed', 10, 1)
  tally.add('shed', 10, 1)

  expect(progressLine(before, look(62_000))).toBe(
    'phase spike · 01:02 of 01:30 · ok 100/s · shed 1/s · p50 12 ms, p99 48 ms · 4 in flight',
  )
  expect(progressLine(before, look(95_000))).toMatch(/^waiting for the last answers · 01:30 of 01:30/)
  expect(progressLine(before, look(-1500))).toBe('warming up · 1.5 s more · 4 in flight')
})
