import { show } from '../../kernel/check.ts'

/**
 * The items of a port: a type for the compiler, and perhaps the name of that type, which is compared when ports are
 * connected, whoever wrote the code that does so.
 */
export interface PortType<T> {
  /** The name of the type; `undefined` goes with every name. */
  readonly type: string | undefined
  /** For the compiler only: a port takes or gives just these. */
  readonly item?: (item: T) => T
}

/** Declares a port of a component: `port<Order>()`, or with a name of its type, `port<Order>('order')`. */
export function port<T>(type?: string): PortType<T> {
  if (type !== undefined && typeof type !== 'string') throw new TypeError(`type: expected a name, got ${show(type)}`)
  return { type }
}

interface AnyPort {
  /** The component that it belongs to. */
  readonly component: string
  readonly name: string
  readonly type: string | undefined
}

/** Where a component of a graph takes items. */
export interface InPort<T> extends AnyPort {
  readonly direction: 'in'
  readonly item?: (item: T) => void
}

/** Where a component of a graph gives items. */
export interface OutPort<T> extends AnyPort {
  readonly direction: 'out'
  readonly item?: () => T
}

/** What messages and stages call a port: the component alone where it is `in` or `out`. */
export function labelOf({ component, name }: AnyPort): string {
  return name === 'in' || name === 'out' ? component : `${component}.${name}`
}
