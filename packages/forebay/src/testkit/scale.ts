import { Flow } from '../flow/flow.ts'
import { Program } from '../flow/program.ts'
import { reduceSink } from '../flow/sinks/reduce.ts'
import { rangeSource } from '../flow/sources/range.ts'
import { seededRandom } from '../kernel/random.ts'
import { TrialBench } from './bench.ts'
import { difference } from './compare.ts'
import type { Finding } from './law-violation.ts'
import type { Shape } from './subject.ts'
import { settled, VirtualClock } from './virtual-clock.ts'

/** Enough items to overflow any stack that grows with them. */
const MANY = 20_000

/**
 * The subject between a real source and a real sink, with many items at once: the stack stays flat, and
 * the account of a flow that is one segment balances as well.
 */
export async function checkScale(shape: Shape): Promise<Finding | undefined> {
  const { many = MANY } = shape
  for (const items of shape.inputs === 0 ? [0] : [0, 1, 40, many]) {
    for (const codegen of items === many ? ([0] as const) : ([false, 0] as const)) {
      const finding = await flood(shape, items, codegen)
      if (finding !== undefined) return finding
    }
  }
  return undefined
}

async function flood(shape: Shape, items: number, codegen: false | number): Promise<Finding | undefined> {
  const clock = new VirtualClock()
  const bench = new TrialBench(clock, seededRandom(items + 1), items === (shape.many ?? MANY) ? 0.99 : 0.3)
  const flows = Array.from(
    { length: shape.inputs },
    (_, at) => new Flow<number>(rangeSource(at * MANY * 2 + 1, at * MANY * 2 + items)),
  )
  const built = shape.build(flows, bench)
  if (!(built instanceof Program) && built.length !== 1) return undefined
  const program = built instanceof Program ? built : collected(built[0] as Flow<unknown>)
  const run = program.run({ ...shape.run?.(bench), clock, codegen, random: seededRandom(7) })
  let outcome: { ok: boolean; value: unknown } | undefined
  run.done.then(
    (value) => (outcome = { ok: true, value }),
    (value: unknown) => (outcome = { ok: false, value }),
  )
  for (let round = 0; outcome === undefined; round++) {
    await settled()
    if (outcome === undefined && !clock.step() && round > 1) return { law: 5, message: `${items} items never end` }
  }
  await settled()
  return judge(shape, items, outcome, run.inspect())
}

function judge(
  shape: Shape,
  items: number,
  outcome: { ok: boolean; value: unknown },
  snapshot: { balanced: boolean; ledger: object },
): Finding | undefined {
  if (outcome.value instanceof RangeError && /stack/.test(outcome.value.message)) {
    return { law: 12, message: `the stack grows with the items: ${items} overflow it` }
  }
  const fails = shape.fails || items >= (shape.stopsAt ?? Infinity)
  if (outcome.ok === fails) return { law: 6, message: `${items} items end with ${String(outcome.value)}` }
  if (!snapshot.balanced) return { law: 3, message: `after ${items} items: ${JSON.stringify(snapshot.ledger)}` }
  if (fails || shape.loses !== undefined || shape.rate === true) return undefined
  const inputs = Array.from({ length: shape.inputs }, (_, at) =>
    Array.from({ length: items }, (__, index) => at * MANY * 2 + 1 + index),
  )
  const expected = shape.results(inputs)[0] as readonly unknown[]
  const received = shape.outputs === 0 ? [outcome.value] : (outcome.value as unknown[])
  // Without an order the comparison is quadratic.
  if ((shape.order ?? 'input') !== 'input' && items === (shape.many ?? MANY)) {
    return received.length === expected.length ? undefined : { law: 11, message: `${received.length} of ${items} came` }
  }
  const different = difference(shape, received, expected, 'all')
  return different === undefined ? undefined : { law: 11, message: `a fold over ${items} items: ${different}` }
}

function collected(flow: Flow<unknown>): Program<unknown> {
  const push = (list: unknown[], value: unknown): unknown[] => {
    list.push(value)
    return list
  }
  const sink = reduceSink(
    flow.node,
    'collect',
    () => [],
    push,
    (list) => list,
  )
  return new Program<unknown>([sink, ...flow.sides], 'flow', ([list]) => list)
}
