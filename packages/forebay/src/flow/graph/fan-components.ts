import { checkFunction } from '../../kernel/check.ts'
import type { Branch } from '../branches.ts'
import { Flow } from '../flow.ts'
import type { Program } from '../program.ts'
import type { Component, PortTypes } from './component.ts'
import { port, type InPort, type OutPort } from './port.ts'

/**
 * A component of a function that makes one flow of several, such as `merge`: an input for each of `names`, and `out`.
 *
 * @example
 * g.add('all', fanInComponent(['fresh', 'again'], (jobs: Flow<Job>[]) => merge(jobs)))
 */
export function fanInComponent<T, U, const K extends string>(
  names: readonly K[],
  join: (flows: Flow<T>[]) => Flow<U>,
): Component<{ readonly [N in K]: InPort<T> } & { readonly out: OutPort<U> }> {
  checkFunction('fanInComponent', join)
  return {
    inputs: portsNamed('fanInComponent', names, ['out']),
    outputs: { out: port() },
    build: (inputs) => ({ out: join(names.map((name) => inputs[name] as Flow<T>)) }),
  }
}

/**
 * A component of a function that parts one flow, such as `partition` or `balance`: an output for each of `names`, and
 * `in`. The function is given the branches, one for each name, in order.
 *
 * @example
 * g.add('size', fanOutComponent(['small', 'large'], (orders: Flow<Order>, branches) =>
 *   orders.partition(({ total }) => (total < 100 ? 0 : 1), ...branches)))
 */
export function fanOutComponent<T, U = T, const K extends string = string>(
  names: readonly K[],
  part: (flow: Flow<T>, branches: Branch<U, U>[]) => Flow<any> | Program<any>,
): Component<{ readonly in: InPort<T> } & { readonly [N in K]: OutPort<U> }> {
  checkFunction('fanOutComponent', part)
  return {
    inputs: { in: port() },
    outputs: portsNamed('fanOutComponent', names, ['in']),
    build: ({ in: input }) => {
      const ends: Record<string, Flow<U>> = {}
      const rest = part(
        input as Flow<T>,
        names.map((name) => (branch) => (ends[name] = branch)),
      )
      const [first] = names
      const end = first === undefined ? undefined : ends[first]
      // What the function has put at its side runs with the first output.
      if (rest instanceof Flow && first !== undefined && end !== undefined) ends[first] = new Flow(end.node, rest.sides)
      return ends
    },
  }
}

function portsNamed(what: string, names: readonly string[], taken: readonly string[]): PortTypes {
  if (!Array.isArray(names) || names.length === 0) {
    throw new RangeError(`${what}: expected a list of names with at least one, got ${String(names)}`)
  }
  const ports: Record<string, PortTypes[string]> = {}
  for (const name of names as readonly string[]) {
    if (name in ports || taken.includes(name))
      throw new RangeError(`${what}: expected names that differ, got '${name}' twice`)
    ports[name] = port()
  }
  return ports
}
