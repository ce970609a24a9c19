import type { EdgeOptions } from './edge-options.ts'
import { ForebayError } from './errors.ts'
import type { Context } from './context.ts'
import { OrderedHold, type Hold } from './hold.ts'
import type { Overflow } from './overflow.ts'
import type { Random } from './random.ts'

interface VictimOptions {
  readonly overflow: Overflow
  readonly every: number
  readonly level: ((value: any) => number) | undefined
}

/** Whether held items leave in the order in which they came. */
export function takesFromFront(overflow: Overflow): boolean {
  return (
    overflow !== 'latest' && overflow !== 'drop-youngest' && overflow !== 'drop-random' && overflow !== 'drop-lowest'
  )
}

/**
 * Takes the held item that a full edge gives up for `value`, by its policy. False when the arriving item
 * itself is the one to go. `refused` counts the items that met a full edge before this one.
 */
export function takeVictim(
  hold: Hold,
  options: VictimOptions,
  value: unknown,
  context: Context | undefined,
  random: Random,
  refused: number,
): boolean {
  const { overflow } = options
  if (overflow === 'drop-oldest' || overflow === 'latest') {
    hold.take()
    return true
  }
  if (overflow === 'sample') {
    if (refused % options.every !== 0) return false
    hold.take()
    return true
  }
  if (!(hold instanceof OrderedHold)) return false
  if (overflow === 'drop-youngest') {
    hold.takeYoungest()
    return true
  }
  if (overflow === 'drop-random') {
    hold.takeAt(Math.floor(random.next() * hold.length))
    return true
  }
  if (overflow !== 'drop-lowest') return false
  const lowest = leastImportant(hold, options, value, context)
  if (lowest < 0) return false
  hold.takeAt(lowest)
  return true
}

/** Where the item with the largest level stands, the oldest of these; -1 when `value` itself is no more important. */
function leastImportant(
  hold: OrderedHold,
  options: VictimOptions,
  value: unknown,
  context: Context | undefined,
): number {
  const levelOf = (item: unknown, itemContext: Context | undefined): number =>
    options.level?.(item) ?? itemContext?.level ?? 1
  let offset = -1
  let level = levelOf(value, context)
  for (let i = 0; i < hold.length; i++) {
    const held = levelOf(hold.valueAt(i), hold.contextAt(i))
    if (held > level) {
      level = held
      offset = i
    }
  }
  return offset
}

/** What an edge fails with that is full and may neither wait nor drop. */
export function overflowError({ name, items, overflow }: EdgeOptions): ForebayError {
  return overflow === 'backpressure'
    ? new ForebayError('FOREBAY_PROTOCOL', `${name}: an item arrived without credit`)
    : new ForebayError('FOREBAY_OVERFLOW', `${name}: full with ${items} items`)
}
