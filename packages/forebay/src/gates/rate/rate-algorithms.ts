import { fixedWindow } from './fixed-window.ts'
import { Gcra } from './gcra.ts'
import { leakyBucket } from './leaky-bucket.ts'
import type { MakeRateAlgorithm } from './rate-algorithm.ts'
import { slidingLog } from './sliding-log.ts'
import { slidingWindow } from './sliding-window.ts'
import { tokenBucket } from './token-bucket.ts'

/**
 * The algorithms of `rate` by name, for rates that are read from a file: `rate({ limit, algorithm: rateAlgorithms[name] })`.
 * A program that knows which one it takes imports that one, and brings no other.
 */
export const rateAlgorithms: {
  readonly [
    name in 'gcra' | 'token-bucket' | 'leaky-bucket' | 'fixed-window' | 'sliding-window' | 'sliding-log'
  ]: MakeRateAlgorithm
} = {
  gcra: (spec) => new Gcra(spec),
  'token-bucket': tokenBucket,
  'leaky-bucket': leakyBucket,
  'fixed-window': fixedWindow,
  'sliding-window': slidingWindow,
  'sliding-log': slidingLog,
}
