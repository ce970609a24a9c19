import type { BoundedEdge } from './bounded-edge.ts'
import { CountedEdge } from './counted-edge.ts'
import type { EdgeOptions } from './edge-options.ts'
import { Edge } from './edge.ts'
import type { RunEnvironment } from './run-environment.ts'

/** The edge that does what `options` say, and no more than that for each item. */
export function makeEdge(options: EdgeOptions, env: RunEnvironment): BoundedEdge {
  const { overflow, bytes, deferred, ttl } = options
  if (ttl !== undefined) return ttl.edge(options, env)
  const onlyCounts =
    overflow === 'backpressure' && !deferred && bytes === Infinity && env.memory.limitBytes === Infinity
  return onlyCounts ? new CountedEdge(options, env) : new Edge(options, env)
}
