import type { Plan, SinkNode } from '../kernel/plan.ts'
import { run, type Run, type RunOptions } from '../kernel/run.ts'
import { explainPlan, type Explanation } from '../kernel/explain/explain.ts'

/**
 * A flow that ends in sinks: a blueprint. It can be explained, simulated, tested and run, any number of
 * times, and two runs share nothing.
 */
export class Program<R = unknown> {
  readonly plan: Plan

  /** `result` makes the result of a run of those of its sinks, in order; default: the only one, or all of them. */
  constructor(sinks: readonly SinkNode[], name = 'flow', result?: Plan['result']) {
    this.plan = { name, sinks, ...(result !== undefined && { result }) }
  }

  /** The same program under another name: the one that the console, metrics and alerts show. */
  named(name: string): Program<R> {
    return new Program<R>(this.plan.sinks, name, this.plan.result)
  }

  /** Starts it. Throws at once what can be refused before anything runs: bad options, a missing store. */
  run(options: RunOptions = {}): Run<R> {
    return run<R>(this.plan, options)
  }

  /** Every edge with its policy, bound and worst case, and where loss can happen, without running anything. */
  explain(): Explanation {
    return explainPlan(this.plan)
  }
}

/** Programs that run as one; the result has one entry for each. `sides` run with them and give no result. */
export function together(programs: readonly Program<any>[], sides: readonly SinkNode[] = []): Program<unknown[]> {
  const sinks = [...programs.flatMap(({ plan }) => plan.sinks), ...sides]
  return new Program<unknown[]>(sinks, 'flow', (results) => {
    let from = 0
    return programs.map(({ plan }) => {
      const own = results.slice(from, (from += plan.sinks.length))
      return plan.result === undefined ? (own.length === 1 ? own[0] : own) : plan.result(own)
    })
  })
}
