/** The two ends of the promise that was made last with {@link takeEnds}, to be taken at once. */
export const ends: { resolve: (value: unknown) => void; reject: (reason: unknown) => void } = {
  resolve: () => undefined,
  reject: () => undefined,
}

/** One function for all promises: a closure for each costs as much as the promise. */
export function takeEnds(resolve: (value: never) => void, reject: (reason: unknown) => void): void {
  ends.resolve = resolve as (value: unknown) => void
  ends.reject = reject
}
