import { describe, expect, test } from 'vitest'
import { all } from '../gates/all.ts'
import { breaker } from '../gates/breaker/breaker.ts'
import { limit } from '../gates/limit/limit.ts'
import { tide } from '../gates/limit/tide.ts'
import type { Permit } from '../kernel/gate.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import { VirtualClock } from '../testkit/virtual-clock.ts'
import { observeGates } from './gates/observe-gates.ts'
import { snapshotAt, type FlowSketch } from '../../test/support/snapshot-pair.ts'
import { metricsText } from './metrics-text.ts'

interface Sample {
  readonly family: string
  readonly name: string
  readonly labels: Record<string, string>
  readonly value: number
}

const sketch: FlowSketch = {
  stages: { read: { rate: 100 }, save: { busy: 0.5, blocked: 0.25, slots: 4, gates: ['calls'] } },
  edges: { 'read>save': { drops: 3, policy: 'drop-oldest', length: 7, oldestMs: 1500 } },
  gates: { calls: { kind: 'breaker', state: 'half-open', sheds: { open: 4 }, admitted: 9 } },
}

describe('the metrics text', () => {
  test('is what a strict reader of the format accepts, and says what the snapshot says', () => {
    const samples = parse(metricsText([snapshotAt(sketch, 10_000)]))
    const value = (name: string, labels: Record<string, string>): number | undefined =>
      samples.find(
        (sample) => sample.name === name && Object.entries(labels).every(([key, text]) => sample.labels[key] === text),
      )?.value

    expect(value('forebay_stage_seconds_total', { stage: 'save', state: 'busy' })).toBe(20)
    expect(value('forebay_stage_seconds_total', { stage: 'save', state: 'blocked' })).toBe(10)
    expect(value('forebay_stage_settled_total', { flow: 'flow', stage: 'read' })).toBe(1000)
    expect(value('forebay_edge_length', { edge: 'read>save' })).toBe(7)
    expect(value('forebay_edge_oldest_seconds', { edge: 'read>save' })).toBe(1.5)
    expect(value('forebay_edge_dropped_total', { policy: 'drop-oldest', reason: 'drop-oldest' })).toBe(30)
    expect(value('forebay_breaker_state', { gate: 'calls', state: 'half-open' })).toBe(1)
    expect(value('forebay_breaker_state', { gate: 'calls', state: 'open' })).toBe(0)
    expect(value('forebay_gate_shed_total', { gate: 'calls', reason: 'open' })).toBe(4)
    expect(value('forebay_flow_balanced', {})).toBe(1)
    expect(value('forebay_metrics_left_out', {})).toBe(0)
  })

  test('tells of slots that follow the load, and once a flow what an autoscaler is told', () => {
    const snapshot = snapshotAt(sketch, 10_000)
    const scale = { min: 2, max: 16, pressure: 1.5, wouldHelp: false, reason: '0 more would help: calls is shut' }
    const stages = snapshot.stages.map((stage) => (stage.name === 'save' ? { ...stage, scale } : stage))
    const report = { flow: 'flow', value: 150, target: 100, wouldHelp: true, reason: 'it is slow' } as const
    const asked: string[] = []
    const text = metricsText(
      [
        { ...snapshot, stages },
        { ...snapshot, run: 'second' },
      ],
      {
        scale: (flow) => {
          asked.push(flow)
          return report
        },
      },
    )
    const scaled = parse(text).filter(({ name }) => /slots_|scale|replicas/.test(name))

    const labels = { flow: 'flow', run: snapshot.run, stage: 'save' }
    expect(scaled.map(({ name, value, labels: given }) => [name, value, given])).toEqual([
      ['forebay_flow_replicas_wanted_ratio', 1.5, { flow: 'flow' }],
      ['forebay_flow_scale_helps', 1, { flow: 'flow' }],
      ['forebay_stage_slots_min', 2, labels],
      ['forebay_stage_slots_max', 16, labels],
      ['forebay_stage_slots_wanted_ratio', 1.5, labels],
      ['forebay_stage_scale_helps', 0, labels],
    ])
    expect(asked).toEqual(['flow'])
    expect(metricsText([snapshot])).not.toMatch(/replicas|scale/)
  })

  test('counts every item whose work failed as failed, whatever became of it, and none as discarded', () => {
    const snapshot = snapshotAt({ stages: { save: { rate: 100, failed: 3 } }, edges: {} }, 1000)
    const discarded = { error: 5, 'dead-letter': 7, cancelled: 2 }
    const stages = snapshot.stages.map((stage) => ({ ...stage, discarded }))
    const samples = parse(metricsText([{ ...snapshot, stages }])).map(({ name, labels, value }) => [
      name,
      labels['on_error'] ?? labels['reason'],
      value,
    ])

    expect(samples.filter(([name]) => name === 'forebay_stage_failed_total')).toEqual([
      ['forebay_stage_failed_total', 'stop', 3],
      ['forebay_stage_failed_total', 'resume', 5],
      ['forebay_stage_failed_total', 'dead-letter', 7],
    ])
    expect(samples.filter(([name]) => name === 'forebay_stage_discarded_total')).toEqual([
      ['forebay_stage_discarded_total', 'cancelled', 2],
    ])
  })

  test('has what was noted of a gate: levels, callers that ask much, latency, the budget', async () => {
    const clock = new VirtualClock()
    const gate = all([limit(tide({ min: 2, max: 8, initial: 4 }), { clock, name: 'slots' }), breaker({ clock })], {
      clock,
      line: { max: 5 },
      name: 'api',
    })
    const gates = observeGates({ api: gate }, { name: 'server', clock, callers: 3 })
    for (let i = 0; i < 1000; i++) {
      const permit = gate.tryAcquire({ key: i % 2 === 0 ? 'te"n\nant' : `stranger ${i}`, level: 2 }) as Permit
      clock.advanceSync(10)
      permit.release()
    }
    const samples = parse(metricsText([gates.inspect()]))
    const value = (name: string, labels: Record<string, string> = {}): number | undefined =>
      samples.find(
        (sample) => sample.name === name && Object.entries(labels).every(([key, text]) => sample.labels[key] === text),
      )?.value

    expect(value('forebay_gate_level_asked_total', { flow: 'server', gate: 'api', level: '2' })).toBe(1000)
    expect(value('forebay_gate_line_max', { gate: 'api' })).toBe(5)
    expect(value('forebay_gate_caller_given_total', { caller: 'te"n\nant' })).toBe(500)
    expect(value('forebay_gate_caller_share', { caller: 'te"n\nant' })).toBe(0.5)
    expect(samples.filter(({ labels }) => labels['caller']?.startsWith('stranger'))).toEqual([])
    expect(value('forebay_gate_work_seconds', { quantile: '0.99' })).toBeCloseTo(0.01, 3)
    expect(value('forebay_gate_limit_min', { part: 'slots' })).toBe(2)
    expect(value('forebay_gate_limit_seconds', { part: 'slots', of: 'last' })).toBeCloseTo(0.01, 6)
    expect(value('forebay_breaker_state', { part: 'breaker', state: 'closed' })).toBe(1)
  })

  test('gives no figure to what has no bound', () => {
    const none = 0x3fffffff
    const one = snapshotAt(
      { ...sketch, gates: { calls: { limit: none, credit: none, withheldMs: { 0: 500, 2: 1000 } } } },
      1000,
    )
    const text = metricsText([{ ...one, edges: one.edges.map((edge) => ({ ...edge, credit: none })) }])

    expect(text).not.toContain(String(none))
    expect(text).toMatch(/^forebay_gate_withheld_seconds_total\{.*gate="calls".*\} 1\.5$/m)
    expect(metricsText([one])).toMatch(/^forebay_edge_credit\{/m)
  })

  test('writes a histogram as cumulative buckets that end in its count', () => {
    const samples = parse(metricsText([snapshotAt(sketch, 1000)])).filter(
      ({ name, labels }) => name.startsWith('forebay_stage_service_seconds') && labels['stage'] === 'save',
    )

    expect(samples.map(({ labels, value }) => [labels['le'], value])).toEqual([
      ['0.001', 100],
      ['0.01', 100],
      ['0.1', 100],
      ['+Inf', 100],
      [undefined, 0.1],
      [undefined, 100],
    ])
  })

  test('survives names that were made to break it', () => {
    const evil = 'a"b\\c\nd{e="f"} 1 # HELP'
    const snapshot = { ...snapshotAt(sketch, 1000), flow: evil }
    const samples = parse(metricsText([snapshot, { ...snapshot, flow: 'x'.repeat(5000) }]))

    expect(samples.some(({ labels }) => labels['flow'] === evil)).toBe(true)
    expect(Math.max(...samples.map(({ labels }) => labels['flow']?.length ?? 0))).toBeLessThanOrEqual(120)
  })

  test('tells apart flows, stages and edges of one name', () => {
    const one = snapshotAt(sketch, 1000)
    const same = { ...one, stages: one.stages.map((stage) => ({ ...stage, name: 'map' })) }
    const samples = parse(metricsText([same, { ...same, run: 'other' }]))
    const stages = new Set(samples.map(({ labels }) => `${labels['run']} ${labels['stage']}`))

    expect(stages).toContain('run map')
    expect(stages).toContain('other map (2)')
  })

  test('stays within its bound and says how much it left out', () => {
    const dropped = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`reason ${index}`, 1]))
    const one = snapshotAt(sketch, 1000)
    const snapshot: Snapshot = { ...one, edges: one.edges.map((edge) => ({ ...edge, dropped })) }

    const reasons = parse(metricsText([snapshot])).filter(({ name }) => name === 'forebay_edge_dropped_total')
    const few = parse(metricsText([snapshot], { maxSeries: 20 }))

    expect(reasons).toHaveLength(17)
    expect(reasons.at(-1)).toMatchObject({ labels: { reason: 'other' }, value: 984 })
    expect(few).toHaveLength(21)
    expect(few.at(-1)?.value).toBeGreaterThan(20)
    expect(() => metricsText([], { maxSeries: 0 })).toThrow(RangeError)
  })
})

/** Reads the text format 0.0.4 as strictly as it is written down; throws at the first thing that is not allowed. */
function parse(text: string): Sample[] {
  if (!text.endsWith('\n')) throw new Error('the last line must end with a line feed')
  const samples: Sample[] = []
  const done = new Set<string>()
  const seen = new Set<string>()
  let family = ''
  let type = ''
  for (const line of text.slice(0, -1).split('\n')) {
    const help = /^# HELP ([a-z_]+) (?:[^\\]|\\\\|\\n)*$/.exec(line)
    const typed = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/.exec(line)
    if (help !== null) {
      family = help[1] as string
      if (done.has(family)) throw new Error(`${family} comes twice`)
      done.add(family)
      type = ''
    } else if (typed !== null) {
      if (typed[1] !== family || type !== '') throw new Error(`TYPE out of place: ${line}`)
      type = typed[2] as string
    } else {
      if (type === '') throw new Error(`no TYPE before: ${line}`)
      if (seen.has(line.slice(0, line.lastIndexOf(' ')))) throw new Error(`twice: ${line}`)
      seen.add(line.slice(0, line.lastIndexOf(' ')))
      samples.push(parseSample(line, family, type))
    }
  }
  return samples
}

function parseSample(line: string, family: string, type: string): Sample {
  const whole = /^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\]|\\\\|\\"|\\n)*",?)*)\})? (\S+)$/.exec(line)
  if (whole === null) throw new Error(`not a sample: ${line}`)
  const [, name = '', pairs = '', value = ''] = whole
  const suffix = name.slice(family.length)
  if (!name.startsWith(family)) throw new Error(`${name} is not of ${family}`)
  if (type === 'histogram' ? !['_bucket', '_sum', '_count'].includes(suffix) : suffix !== '') {
    throw new Error(`${name} is no part of a ${type}`)
  }
  if (type === 'counter' && !name.endsWith('_total')) throw new Error(`counter ${name} does not end in _total`)
  if (!/^(?:NaN|[+-]Inf|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.test(value)) throw new Error(`not a number: ${value}`)
  const labels: Record<string, string> = {}
  for (const [, key = '', raw = ''] of pairs.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)) {
    labels[key] = raw.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
  }
  return { family, name, labels, value: Number(value) }
}
