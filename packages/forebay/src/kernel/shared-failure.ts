import type { Graph } from './graph.ts'
import type { EdgeSnapshot } from './snapshot.ts'
import type { StageAccount } from './stage-account.ts'

/**
 * Whether every sink that is not over yet will be told `error` by itself, behind the items that it is still to get:
 * the error was raised above all of them, and no source above them runs any more. Then a run that fails with it lets
 * them have these items; an error of one branch alone ends the others at once, since nothing may pass that the
 * branch was to see as well.
 */
export function isSharedFailure(
  { sinks, segments, sources }: Graph,
  edges: readonly EdgeSnapshot[],
  error: unknown,
): boolean {
  return sinks.every(({ feeding, stage }) => {
    if (feeding.hasTold) return true
    const above = new Set([stage.id])
    // A set is walked on over what is added meanwhile.
    for (const at of above) for (const { from, to } of edges) if (to === at) above.add(from)
    const holds = (part: { readonly stage: StageAccount }): boolean => above.has(part.stage.id)
    return (
      [...segments].some(
        (segment) => holds(segment) && segment.failure !== undefined && segment.failure.error === error,
      ) && [...sources].every((source) => source.isOver || !holds(source))
    )
  })
}
