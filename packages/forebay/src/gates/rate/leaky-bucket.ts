import { Gcra } from './gcra.ts'
import { refuseBurst } from './rate-algorithm.ts'
import type { RateAlgorithm, RateSpec } from './rate-algorithm.ts'

/**
 * Even spacing: one permit every `per / limit`, never two at once, however long nothing was asked. Who comes sooner
 * waits in the line, which is the bucket; it overflows as the line does.
 *
 * The leaky bucket as a queue (Turner, "New directions in communications", IEEE Communications 24(10), 1986, as it is
 * used since; Sentinel's throttling controller). With one place it is GCRA with a burst of 1, and that is what runs.
 * A cost of n keeps the bucket closed for n intervals. Throws `RangeError` for a `burst`: `gcra` has one.
 */
export function leakyBucket(spec: RateSpec): RateAlgorithm {
  refuseBurst(spec, 'leakyBucket')
  return new LeakyBucket(spec)
}

class LeakyBucket extends Gcra {
  constructor(spec: RateSpec) {
    super({ ...spec, burst: 1 })
  }

  override configure(spec: RateSpec, now: number): void {
    refuseBurst(spec, 'leakyBucket')
    super.configure({ ...spec, burst: 1 }, now)
  }
}
