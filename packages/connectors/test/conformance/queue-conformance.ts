import type { Caps } from 'forebay/queue'
import { describe } from 'vitest'
import { boundsConformance } from './bounds.ts'
import { creditConformance } from './credit.ts'
import { expiryConformance } from './expiry.ts'
import { failureConformance } from './failure.ts'
import { lifecycleConformance } from './lifecycle.ts'
import { orderConformance } from './order.ts'
import { identityConformance } from './identity.ts'
import type { QueueWorld, Time } from './queue-world.ts'

/**
 * What every store has to pass. A test is left out only by a flag of `caps`; its twin then asserts that the option
 * throws `FOREBAY_UNSUPPORTED`, so that no store is ever silently different.
 */
export function queueConformance(name: string, make: () => QueueWorld, caps: Caps, time: Time = 'virtual'): void {
  describe(`${name} keeps the queue contract`, () => {
    creditConformance(make, time)
    boundsConformance(make, caps)
    failureConformance(make, caps, time)
    expiryConformance(make, caps)
    orderConformance(make, caps, time)
    identityConformance(make, caps)
    lifecycleConformance(make, caps, time)
  })
}
