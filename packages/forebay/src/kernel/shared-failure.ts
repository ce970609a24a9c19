import type { Graph } from './graph.ts'
import type { EdgeSnapshot } from './snapshot.ts'

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
  const failed = new Set(
    segments.filter(({ failure }) => failure !== undefined && failure.error === error).map(({ stage }) => stage.id),
  )
  const running = new Set(sources.filter(({ isOver }) => !isOver).map(({ stage }) => stage.id))
  return sinks
    .filter(({ feeding }) => !feeding.hasTold)
    .every(({ stage }) => {
      const above = [...stagesAbove(stage.id, edges)]
      return above.some((at) => failed.has(at)) && !above.some((at) => running.has(at))
    })
}

/** The stage `id` and those that feed it. */
function stagesAbove(id: string, edges: readonly EdgeSnapshot[]): Set<string> {
  const above = new Set([id])
  // A set is walked on over what is added meanwhile.
  for (const at of above) for (const { from, to } of edges) if (to === at) above.add(from)
  return above
}
