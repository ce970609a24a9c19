import { show } from '../../kernel/check.ts'
import { ForebayError } from '../../kernel/errors.ts'
import type { Part } from './component.ts'
import type { Link } from './links.ts'
import { labelOf, type InPort, type OutPort } from './port.ts'
import { orderOf, ringsOf, type Ring } from './rings.ts'
import type { Wiring } from './wiring.ts'

/** A component with its ports, as it stands in a graph. */
export interface PlacedPart extends Part {
  readonly inputs: readonly InPort<any>[]
  readonly outputs: readonly OutPort<any>[]
}

/** A graph that holds together: every port is connected or open, every cycle closed by a feedback. */
export interface GraphSpec {
  readonly name: string
  /** Each after those that it takes from, feedback aside. */
  readonly parts: readonly PlacedPart[]
  readonly links: readonly Link[]
  readonly rings: readonly Ring[]
  /** The graph's own ports, by their names. */
  readonly inputs: ReadonlyMap<string, InPort<any>>
  readonly outputs: ReadonlyMap<string, OutPort<any>>
}

/** Checks the whole of what has been wired; `open` are the ports that stay open. Throws `FOREBAY_GRAPH` and `FOREBAY_DEADLOCK`. */
export function specOf(name: string, wiring: Wiring, open: unknown): GraphSpec {
  const inputs = new Map<string, InPort<any>>()
  const outputs = new Map<string, OutPort<any>>()
  for (const [at, port] of Object.entries(open ?? {})) {
    if (!wiring.isOwn(port)) {
      throw new ForebayError('FOREBAY_GRAPH', `${name}: expected open ports of this graph, got ${at}: ${show(port)}`)
    }
    const link = wiring.linkAt(port)
    if (link !== undefined) {
      throw new ForebayError(
        'FOREBAY_GRAPH',
        `${name}: ${labelOf(port)} is connected (${link.name}) and cannot be the open port '${at}' as well`,
      )
    }
    if ([...inputs.values(), ...outputs.values()].includes(port as never)) {
      throw new ForebayError('FOREBAY_GRAPH', `${name}: ${labelOf(port)} is open twice`)
    }
    if (port.direction === 'in') inputs.set(at, port)
    else outputs.set(at, port)
  }
  if (wiring.parts.size === 0)
    throw new ForebayError('FOREBAY_GRAPH', `${name}: expected at least one component, got none`)
  checkConnected(name, wiring, new Set<unknown>([...inputs.values(), ...outputs.values()]))
  const components = [...wiring.parts.keys()]
  const { links } = wiring
  const order = orderOf(components, links)
  return {
    name,
    parts: order.map((at) => ({
      ...(wiring.parts.get(at) as Part),
      inputs: wiring.inputs.get(at) ?? [],
      outputs: wiring.outputs.get(at) ?? [],
    })),
    links,
    rings: ringsOf(order, links),
    inputs,
    outputs,
  }
}

/** The output of a function over flows may be none: that is known when it is built. */
function checkConnected(name: string, wiring: Wiring, open: ReadonlySet<unknown>): void {
  const loose = [...wiring.parts.values()]
    .flatMap((part) => [
      ...(wiring.inputs.get(part.name) ?? []),
      ...(part.mayEnd ? [] : (wiring.outputs.get(part.name) ?? [])),
    ])
    .filter((port) => wiring.linkAt(port) === undefined && !open.has(port))
  if (loose.length === 0) return
  const ports = loose.map((port) => `${port.component}.${port.name}`).join(', ')
  throw new ForebayError('FOREBAY_GRAPH', `${name}: connect these ports, or return them as open ones: ${ports}`)
}
