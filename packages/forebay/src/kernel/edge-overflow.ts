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
  const isSampled = overflow === 'sample' && refused % options.every === 0
  if (isSampled || overflow === 'drop-oldest' || overflow === 'latest') {
    hold.take()
    return true
  }
  if (!(hold instanceof OrderedHold)) return false
  if (overflow === 'drop-lowest') return takeLowest(hold, options, value, context)
  if (overflow === 'drop-youngest') hold.takeAt(hold.length - 1)
  else if (overflow === 'drop-random') hold.takeAt(Math.floor(random.next() * hold.length))
  else return false
  return true
}

/** Takes the item with the largest level, the oldest of these; false when `value` itself is no more important. */
export function takeLowest(
  hold: OrderedHold,
  options: Pick<VictimOptions, 'level'>,
  value: unknown,
  context: Context | undefined,
): boolean {
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
  if (offset < 0) return false
  hold.takeAt(offset)
  return true
}

/** What an edge fails with that is full and may neither wait nor drop. */
export function overflowError({ name, items, overflow }: EdgeOptions): ForebayError {
  return overflow === 'backpressure'
    ? new ForebayError('FOREBAY_PROTOCOL', `${name}: an item arrived without credit`)
    : new ForebayError('FOREBAY_OVERFLOW', `${name}: full with ${items} items`)
}
