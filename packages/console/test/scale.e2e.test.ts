import { setTimeout as sleep } from 'node:timers/promises'
import { flow, limit, type Program, type Run } from 'forebay'
import { sampler } from 'forebay/observe'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveConsole, type RunningConsole } from '../src/index.ts'
import { writePage } from '../src/build/build-page.ts'

const token = 'a-token-of-some-length'
const work = (ms: number) => async (n: number) => sleep(ms, n)
const offered = (): ReturnType<typeof flow.range> => flow.range(1, 1e9).buffer(100, 'backpressure')

/** Flows whose limits are known, and what is said of them. */
const programs: Record<string, Program<any>> = {
  short: offered()
    .mapAsync(work(20), { concurrency: 2 })
    .named('enrich')
    .to(() => {}),
  'behind a gate': offered()
    .mapAsync(work(20), { concurrency: 8, gate: limit(2) })
    .to(() => {}),
  'behind a sink': offered().to(async () => {
    await sleep(20)
  }),
}
const runs: Run[] = []
let served: RunningConsole

const ask = (path: string, headers: Record<string, string> = { authorization: `Bearer ${token}` }) =>
  fetch(`http://127.0.0.1:${served.port}/scale/${path}`, { headers })
const told = async (path: string): Promise<any> => (await ask(path)).json()

beforeAll(async () => {
  await writePage()
  for (const [name, program] of Object.entries(programs)) runs.push(program.named(name).run())
  const samples = sampler(runs, { window: '4s' })
  served = await serveConsole(
    {
      snapshots: () => samples.snapshots(),
      why: () => samples.why(),
      subscribe: (listener) => samples.subscribe(listener),
      history: () => samples.history(),
      marks: () => samples.marks(),
      scale: (name, options) => samples.scale(name, options),
    },
    { port: 0, token },
  )
  await sleep(4000)
})

afterAll(async () => {
  await served.close()
  for (const run of runs) run.cancel('over')
  await Promise.allSettled(runs.map(({ done }) => done))
})

describe('GET /scale/<flow>', () => {
  test('tells an autoscaler by how much a flow is short', async () => {
    const response = await ask('short?target=1m')

    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    const report = (await response.json()) as Record<string, unknown>
    expect(report).toMatchObject({ flow: 'short', target: 100, wouldHelp: true, stage: 'enrich' })
    expect(report['value']).toBeGreaterThan(115)
    expect(report['value']).toBeLessThan(140)
    expect(report['reason']).toMatch(/^enrich works \d+ % of the time, 75 % is the target$/)
  })

  test('asks for no more where a gate or the sink is the limit, and says which', async () => {
    const gated = await told('behind%20a%20gate?target=200ms')
    expect(gated).toMatchObject({ value: 100, wouldHelp: false })
    expect(gated.reason).toMatch(/^0 more would help: .*limit/)

    const sunk = await told('behind%20a%20sink')
    expect(sunk).toMatchObject({ value: 100, wouldHelp: false })
    expect(sunk.reason).toMatch(/^0 more would help: .*sink/)
  })

  test('takes the targets of whoever asks', async () => {
    expect((await told('short?target=10ms')).value).toBe(200)
    expect((await told('short?target=1m&use=1&stage=enrich')).value).toBeLessThanOrEqual(100)
  })

  test('refuses what it does not know, and whoever has no token', async () => {
    expect((await ask('short', {})).status).toBe(401)
    const unknown = await ask('long')
    expect(unknown.status).toBe(404)
    expect(await unknown.text()).toBe('no such flow; there are: short, behind a gate, behind a sink\n')
    for (const wrong of ['short?use=7', 'short?use=', 'short?target=soon', 'short?stage=none', '%zz']) {
      expect((await ask(wrong)).status).toBe(400)
    }
    expect(
      (
        await fetch(`http://127.0.0.1:${served.port}/scale/short`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}` },
        })
      ).status,
    ).toBe(405)
  })
})
