import { describe, expect, it } from 'vitest'
import { flow, limit } from '../index.ts'
import { world, type World } from '../testkit/world.ts'
import type { Program } from '../flow/program.ts'
import { sampler } from './sampler.ts'
import { scaleReport, type ScaleOptions, type ScaleReport } from './scale-report.ts'

/** What is said of a program after it has run for a while. */
async function reportOf(
  make: (w: World) => Program<any>,
  options: ScaleOptions = {},
  seconds = 10,
): Promise<ScaleReport> {
  let report: ScaleReport | undefined
  await world(1, async (w) => {
    const run = make(w).run({ clock: w.clock })
    const samples = sampler([run], { clock: w.clock })
    await w.advance(seconds * 1000)
    report = samples.scale(run.name, options)
    samples.stop()
    run.cancel('enough')
    await run.done.catch(() => {})
  })
  return report as ScaleReport
}

/** Items that come, whether anybody takes them or not. */
const coming = (w: World, everyMs: number) =>
  flow(
    (async function* () {
      for (let n = 0; ; n++) {
        await w.delay(everyMs)
        yield n
      }
    })(),
  )

describe('what an autoscaler is told', () => {
  it('is 100 where work takes the share of the time that it should, and less where it does not', async () => {
    const half = await reportOf((w) =>
      coming(w, 100)
        .mapAsync((n) => w.delay(37, n))
        .named('work')
        .to(() => {}),
    )
    expect(half).toMatchObject({ target: 100, wouldHelp: true, stage: 'work' })
    expect(half.value).toBeGreaterThan(25)
    expect(half.value).toBeLessThan(60)
    expect(half.reason).toMatch(/^work works \d+ % of the time, 75 % is the target$/)
  })

  it('is more where a stage works all the time, or items wait for too long', async () => {
    const work = (w: World): Program<any> =>
      flow
        .range(1, 1e9)
        .buffer(200, 'backpressure')
        .mapAsync((n) => w.delay(50, n), { concurrency: 4 })
        .named('work')
        .to(() => {})
    const report = await reportOf(work, { target: '60s' })
    expect(report).toMatchObject({ value: 133, wouldHelp: true, stage: 'work' })
    const old = await reportOf(work, { target: '200ms' })
    expect(old).toMatchObject({ value: 200, wouldHelp: true, stage: 'work' })
    expect(old.reason).toMatch(/^the oldest item before work waits 2\.\d s, 200 ms is the target$/)
  })

  it('stays at 100 where the sink is the limit, and says so', async () => {
    const report = await reportOf((w) =>
      flow
        .range(1, 1e9)
        .buffer(200, 'backpressure')
        .mapAsync((n) => w.delay(5, n))
        .to((n) => w.delay(50, n) as Promise<any>),
    )
    expect(report.value).toBe(100)
    expect(report.wouldHelp).toBe(false)
    expect(report.reason).toMatch(/^0 more would help: .* is the bottleneck/)
  })

  it('stays at 100 where a gate is the limit, and says so', async () => {
    const calls = limit(2)
    const report = await reportOf((w) =>
      flow
        .range(1, 1e9)
        .buffer(200, 'backpressure')
        .mapAsync((n) => w.delay(50, n), { concurrency: 8, gate: calls })
        .to(() => {}),
    )
    expect(report).toMatchObject({ value: 100, wouldHelp: false })
    expect(report.reason).toMatch(/^0 more would help: .*limit/)
  })

  it('says nothing before there is anything to say, and 0 when it is over', async () => {
    expect(await reportOf(() => flow.range(1, 1e9).to(() => new Promise(() => {})), {}, 0.5)).toMatchObject({
      value: 100,
      reason: 'too short a time to say',
    })
    expect(await reportOf(() => flow.range(1, 3).to(() => {}))).toMatchObject({ value: 0, reason: 'the flow is done' })
  })

  it('is asked of one stage, and refuses one that is not there', async () => {
    const make = (w: World): Program<any> =>
      coming(w, 100)
        .mapAsync((n) => w.delay(80, n))
        .named('first')
        .mapAsync((n) => w.delay(10, n))
        .named('second')
        .to(() => {})
    expect(await reportOf(make, { stage: 'second' })).toMatchObject({ stage: 'second' })
    await expect(reportOf(make, { stage: 'third' })).rejects.toThrow(/stage: expected one of .*second.*, got 'third'/)
    await expect(reportOf(make, { use: 2 })).rejects.toThrow(/use: expected/)
    await expect(reportOf(make, { target: 'soon' as '1s' })).rejects.toThrow(/target: expected/)
    expect(() => scaleReport({} as never, { flow: 'x' } as never, { use: -1 })).toThrow(/use: expected/)
  })
})
