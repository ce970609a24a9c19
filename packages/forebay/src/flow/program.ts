import { explainPlan, type Explanation } from './explain.ts'
import type { Plan, SinkNode } from '../kernel/plan.ts'
import { run, type Run, type RunOptions } from '../kernel/run.ts'

/**
 * A flow that ends in sinks: a blueprint. It can be explained, simulated, tested and run, any number of
 * times, and two runs share nothing.
 */
export class Program<R = unknown> {
  readonly plan: Plan

  constructor(sinks: readonly SinkNode[], name = 'flow') {
    this.plan = { name, sinks }
  }

  /** The same program under another name: the one that the console, metrics and alerts show. */
  named(name: string): Program<R> {
    return new Program<R>(this.plan.sinks, name)
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
