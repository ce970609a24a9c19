import { ForebayError } from '../../kernel/errors.ts'

/** Things that can be read only once, and have been. */
const used = new WeakSet<object>()

/**
 * Marks something that gives its items once. The second time throws `FOREBAY_ALREADY_RUN`, instead of a flow
 * that ends at once as if there had never been any data.
 */
export function useOnce(source: object, what: string): void {
  if (used.has(source)) {
    throw new ForebayError(
      'FOREBAY_ALREADY_RUN',
      `${what} gives its items once and has been read: make the flow from a function or an iterable that can start again`,
    )
  }
  used.add(source)
}
