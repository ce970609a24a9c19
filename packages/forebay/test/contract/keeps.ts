import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import type { ContractCheck } from '../../src/testkit/contract/contract-check.ts'

setFlagsFromString('--expose-gc')

/** Collects garbage, for rule 3.13. */
export const collect: () => void = runInNewContext('gc')

/**
 * A test that runs all checks on one subject. Checks that say nothing about it must be named in `skipped`, each by a part
 * of its name.
 */
export function keeps(name: string, checks: readonly ContractCheck[], skipped: readonly string[] = []): void {
  it(`${name} keeps its contract`, async () => {
    const violations: unknown[] = []
    const unexpected: string[] = []
    for (const { role, rule, title, run } of checks) {
      const full = `${role} ${rule}: ${title}`
      const outcome = await run().catch((violation: unknown) => void violations.push(violation))
      const isExpected = skipped.some((part) => full.includes(part))
      if ((outcome !== undefined) !== isExpected) unexpected.push(`${full}: ${outcome?.skipped ?? 'not skipped'}`)
    }
    expect(violations).toEqual([])
    expect(unexpected).toEqual([])
  })
}
