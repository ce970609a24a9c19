import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  customMatchers,
  getState,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect'
import { getCurrentTest } from '@vitest/runner'
import { fn, restoreAllMocks, spyOn } from '@vitest/spy'

export { afterAll, afterEach, beforeAll, beforeEach, describe, it, suite, test } from '@vitest/runner'

/** Stands in for `vitest` in a page: its own runner and its own assertions, without the half that needs Node. */
chai.use(JestExtend)
chai.use(JestChaiExpect)
chai.use(JestAsymmetricMatchers)

type Chai = typeof chai & { expect: { extend(expect: unknown, matchers: object): void } }

function expectIn(value: unknown, message?: string): unknown {
  const assertion = chai.expect(value, message) as unknown as { withTest(test: unknown): unknown }
  const current = getCurrentTest()
  return current === undefined ? assertion : assertion.withTest(current)
}

export const expect: typeof expectIn & Record<string, unknown> = Object.assign(
  expectIn,
  chai.expect as unknown as Record<string, unknown>,
  (globalThis as never)[ASYMMETRIC_MATCHERS_OBJECT] as Record<string, unknown>,
  {
    extend: (matchers: object) => (chai as Chai).expect.extend(expect, matchers),
    getState: () => getState(expect as never),
    unreachable: (message = '') => chai.assert.fail(`expected ${message} not to be reached`),
  },
)
setState({ assertionCalls: 0 }, expect as never)
Object.defineProperty(globalThis, GLOBAL_EXPECT, { value: expect, configurable: true })
;(chai as Chai).expect.extend(expect, customMatchers)

/** Calls `check` until it does not throw, at most a second. */
async function waitFor<T>(check: () => T | Promise<T>, options: { timeout?: number } = {}): Promise<T> {
  const end = performance.now() + (options.timeout ?? 1000)
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (performance.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

export const vi: Record<string, unknown> = { fn, spyOn, restoreAllMocks, waitFor }
