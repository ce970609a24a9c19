import { operator, type Control, type Operator, type OperatorLogic } from '../../src/kernel/operator.ts'

/** An operator of which each item is the result. */
export const map = (fn: (value: any) => unknown): Operator => ({ kind: 'map', name: 'map', fn }) as Operator
/** Throws at one item. */
export const failing = (on: unknown, error: unknown = new Error('broken')): Operator =>
  map((value) => {
    if (value === on) throw error
    return value
  })

/** A stateful operator of which a test sees the control, and what it is told. */
export function spied(logic: Partial<OperatorLogic<any>> = {}) {
  const seen: { control?: Control; closed: unknown[] } = { closed: [] }
  const made = operator<any, any>('spied', { cardinality: 'one' }, (down, control) => {
    seen.control = control
    return {
      push: (value, context) => down.push(value, context),
      close: (reason) => void seen.closed.push(reason),
      ...logic,
    }
  })
  return { operator: made, seen }
}

/** Gives each item twice, the second time when there is credit; tells its end behind that. */
export function twice(): Operator {
  return operator<any, any>('twice', { cardinality: 'many', bound: 8 }, (down) => {
    const held: unknown[] = []
    let isEnding = false
    const pull = (): void => {
      while (held.length > 0 && down.hasCredit()) down.push(held.shift(), undefined)
      if (isEnding && held.length === 0) down.complete()
    }
    return {
      push: (value, context) => {
        held.push(value)
        down.push(value, context)
      },
      pull,
      complete: () => {
        isEnding = true
        pull()
      },
      held: () => held.length,
    }
  })
}
