/** The 14 laws, by number. Every safety law has a liveness law beside it: "never overspends" alone is kept by code that does nothing. */
export const laws: Readonly<Record<Law, string>> = {
  1: 'never exceed credit',
  2: 'credit is conserved',
  3: 'items are conserved',
  4: 'never hold more than declared',
  5: 'demand and data make progress',
  6: 'one terminal signal, nothing after it, and it needs no demand',
  7: 'a timer never emits without credit',
  8: 'cancel reaches upstream once, closes every resource and tells work in flight',
  9: 'a late subscriber has a defined view',
  10: 'a slow or dead branch affects others only as its policy says',
  11: 'the result does not depend on chunking or demand',
  12: 'signals do not nest, and the stack stays flat',
  13: 'a blueprint can be run again',
  14: 'each result carries the context of its inputs',
}

export type Law = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14

/** A law that did not hold, as found in one trial. */
export interface Finding {
  readonly law: Law
  readonly message: string
}

/** Thrown by `verify`: which law a subject breaks, in the smallest case that shows it, and how to see it again. */
export class LawViolation extends Error {
  readonly subject: string
  readonly law: Law
  readonly seed: number
  /** Give it back to `verify` to run this one case again. */
  readonly path: string

  constructor(options: { subject: string; finding: Finding; seed: number; path: string; steps: readonly string[] }) {
    const { subject, finding, seed, path, steps } = options
    const story = steps.map((step, index) => `  ${index + 1}. ${step}`).join('\n')
    super(
      `${subject} breaks law ${finding.law} (${laws[finding.law]}): ${finding.message}\n${story}\n` +
        `  replay: verify(subject, { seed: ${seed}, path: '${path}' })`,
    )
    this.name = 'LawViolation'
    this.subject = subject
    this.law = finding.law
    this.seed = seed
    this.path = path
  }
}
