import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const { FOREBAY_REPEAT_SEED: seed = '1', FOREBAY_REPEAT_PART: part = 'all' } = process.env

/** What says nothing more about a runtime than on the Node of `npm test`: faults planted into the laws, growth of memory. */
const beyondCore = ['**/planted.test.ts', '**/bounded-memory.test.ts', '**/broadcast-hub.test.ts']

/** The stream suite in an order of its own for each seed, which also starts the chance of the laws and of properties. */
export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: {
    include: ['packages/forebay/{src,test}/**/*.test.ts'],
    exclude: ['**/dist/**', '**/*.e2e.test.ts', ...(part === 'core' ? beyondCore : [])],
    setupFiles: ['tools/repeat/seed.ts'],
    isolate: false,
    sequence: { shuffle: { files: true, tests: true }, seed: Number(seed) },
    // A busy machine is no flake: what hangs, hangs longer than this.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
