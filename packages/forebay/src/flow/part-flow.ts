import { checkFunction } from '../kernel/check.ts'
import type { JunctionNode, PlanNode, SinkNode } from '../kernel/plan.ts'
import type { Branch } from './branches.ts'
import type { Flow } from './flow.ts'
import { mergeNode } from './junctions/merge.ts'
import { Program, together } from './program.ts'
import { Stages } from './stages.ts'

/**
 * What branches from the outlets of `of` become: one program when all of them end in sinks; else the flow of those
 * that do not, merged, with the others at its side.
 */
export function partFlow<T>(
  name: string,
  before: readonly SinkNode[],
  branches: readonly Branch<T, any>[],
  of: JunctionNode,
  derive: (node: PlanNode, sides: readonly SinkNode[]) => Flow<any>,
): Flow<any> | Program<any> {
  if (branches.length === 0) throw new RangeError(`${name}: expected at least one branch, got none`)
  const ends = branches.map((branch, index) =>
    checkFunction(name, branch)(derive({ type: 'outlet', name, of, index }, [])),
  )
  const flows = ends.filter((end): end is Flow<any> => end instanceof Stages)
  const programs = ends.filter((end) => end instanceof Program)
  if (flows.length + programs.length < ends.length) {
    throw new TypeError(`${name}: expected every branch to return a flow or a program`)
  }
  if (flows.length === 0) return together(programs, before)
  const sinks = programs.flatMap(({ plan }) => plan.sinks)
  const sides = [...before, ...flows.flatMap((flow) => flow.sides), ...sinks]
  const [only] = flows
  if (flows.length === 1 && only !== undefined) return derive(only.node, sides)
  return derive(mergeNode(flows.map(({ node }) => node)), sides)
}
