import type { EdgeOptions } from '../../kernel/edge-options.ts'
import { mayLose } from '../../kernel/overflow.ts'
import type { JunctionNode, PlanNode, SinkNode } from '../../kernel/plan.ts'
import type { RunEnvironment } from '../../kernel/run-environment.ts'
import { edgeOptions } from '../edge-options.ts'
import { withSite } from '../sites.ts'
import { Feedback } from './feedback.ts'
import type { Feed, Link } from './links.ts'
import type { RingPlan } from './ring-plan.ts'

/** The two halves of a feedback in the plan. */
export class FeedbackNodes {
  readonly link: Link
  readonly ring: RingPlan
  readonly begin: JunctionNode
  /** What comes round is joined with all that comes in: it is no part of the records that it was made of. */
  carriesState = false
  readonly #options: EdgeOptions
  readonly #runs = new WeakMap<AbortSignal, Feedback>()

  constructor(link: Link, ring: RingPlan) {
    this.link = link
    this.ring = ring
    this.#options = edgeOptions(link.options)
    const { name, items, overflow } = this.#options
    this.begin = withSite({
      type: 'junction',
      kind: 'feedback',
      name,
      inputs: [],
      bound: items,
      // Its items are parts of records that have come in elsewhere, or of none.
      cardinality: 'many',
      slots: 1,
      sync: true,
      explains: { policy: overflow, note: `closes the ring ${ring.path}` },
      ...(mayLose(overflow) && { loses: overflow }),
      create: (env, stage) => this.#in(env).begin(stage),
    })
  }

  end(input: PlanNode): SinkNode {
    return withSite({
      type: 'sink',
      kind: 'feedback',
      name: this.link.name,
      input,
      bound: 0,
      slots: 1,
      fused: false,
      create: (env, stage) => this.#in(env).end(stage),
    })
  }

  #in(env: RunEnvironment): Feedback {
    const { signal } = env
    let feedback = this.#runs.get(signal)
    if (feedback === undefined) {
      const { kickOff } = this.link.feedback as Feed
      const ring = this.ring.in(signal)
      feedback = new Feedback({ edge: this.#options, kickOff, carriesState: this.carriesState }, ring, env)
      this.#runs.set(signal, feedback)
    }
    return feedback
  }
}
