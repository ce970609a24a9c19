/** Where numbers and other leaves stand in plain data. */
type Shape = 'number' | 'leaf' | { readonly keys: readonly string[] | undefined; readonly parts: readonly Shape[] }

/** Plain data, kept small; see {@link pack}. */
export interface Packed<T> {
  readonly shape: Shape
  /** In the order of a walk through the data. */
  readonly numbers: readonly number[]
  readonly leaves: readonly unknown[]
  /** Only says what is packed. */
  readonly of?: T
}

/**
 * Keeps plain data small in a series whose members look alike, such as one picture of a flow a second: its numbers
 * in one array, its shape and its texts shared with the one `before`, as far as they are the same.
 */
export function pack<T>(value: T, before?: Packed<T>): Packed<T> {
  const numbers: number[] = []
  const leaves: unknown[] = []
  const shape = shapeOf(value, before?.shape, numbers, leaves)
  const hasSameLeaves =
    before !== undefined &&
    before.leaves.length === leaves.length &&
    leaves.every((leaf, index) => leaf === before.leaves[index])
  return { shape, numbers: numbers.slice(), leaves: hasSameLeaves ? before.leaves : leaves.slice() }
}

/** The data that was packed: equal to it, never the same objects. */
export function unpack<T>({ shape, numbers, leaves }: Packed<T>): T {
  let number = 0
  let leaf = 0
  const build = (part: Shape): unknown => {
    if (part === 'number') return numbers[number++]
    if (part === 'leaf') return leaves[leaf++]
    const { keys, parts } = part
    if (keys === undefined) return parts.map(build)
    return Object.fromEntries(keys.map((key, index) => [key, build(parts[index] as Shape)]))
  }
  return build(shape) as T
}

/** The shape of `value`, which is `known` if it is the same. */
function shapeOf(value: unknown, known: Shape | undefined, numbers: number[], leaves: unknown[]): Shape {
  if (typeof value === 'number') {
    numbers.push(value)
    return 'number'
  }
  if (typeof value !== 'object' || value === null) {
    leaves.push(value)
    return 'leaf'
  }
  const like = typeof known === 'object' ? known : undefined
  const keys = Array.isArray(value) ? undefined : Object.keys(value)
  const values: readonly unknown[] = Array.isArray(value) ? value : Object.values(value)
  const parts = values.map((part, index) => shapeOf(part, like?.parts[index], numbers, leaves))
  return like !== undefined && isSame(keys, like.keys) && isSame(parts, like.parts) ? like : { keys, parts }
}

function isSame(a: readonly unknown[] | undefined, b: readonly unknown[] | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a.length === b.length && a.every((part, index) => part === b[index])
}
