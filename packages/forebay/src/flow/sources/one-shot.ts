import { ForebayError } from '../../kernel/errors.ts'

/** Things that can be used only once, and have been. */
const used = new WeakSet<object>()

/**
 * Marks something that can be used once. The second time throws `FOREBAY_ALREADY_RUN`, instead of a flow that
 * ends at once as if there had never been any data. What has two ends is marked for each, with `marks` of its own.
 */
export function useOnce(source: object, what: string, marks: WeakSet<object> = used): void {
  if (marks.has(source)) {
    throw new ForebayError('FOREBAY_ALREADY_RUN', `${what} can be used once, and has been: give each run a new one`)
  }
  marks.add(source)
}
