import { defineConfig } from 'vitest/config'
import { alone } from './tools/test/alone.ts'
import { LongestFirst } from './tools/test/longest-first.ts'

const folders = '{packages,examples,tools,docs,bench}'
const outside = ['**/node_modules/**', '**/dist/**', '**/out/**']
const endToEnd = { testTimeout: 180_000, hookTimeout: 180_000 }

/**
 * Three projects: `unit` runs beside the source in milliseconds. `*.e2e.test.ts` start processes, browsers and servers:
 * in `e2e` those that mostly wait, some files side by side, in `e2e-alone` those whose figures another file would spoil.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [`${folders}/**/*.test.{ts,tsx}`],
          exclude: [...outside, '**/*.e2e.test.{ts,tsx}'],
          testTimeout: 20_000,
          // Two thirds of the time of an isolated suite go into importing the library again for every file. Tests leave
          // nothing behind: `npm run repeat` runs them in other orders.
          isolate: false,
          maxWorkers: 2,
          // Most of what a test makes lives for a moment: in a larger nursery it dies before it is copied.
          execArgv: ['--min-semi-space-size=16', '--max-semi-space-size=64'],
          sequence: { sequencer: LongestFirst, groupOrder: 0 },
        },
      },
      {
        test: {
          ...endToEnd,
          name: 'e2e',
          include: [`${folders}/**/*.e2e.test.{ts,tsx}`],
          exclude: [...outside, ...alone],
          maxWorkers: 2,
          sequence: { sequencer: LongestFirst, groupOrder: 1 },
        },
      },
      {
        test: {
          ...endToEnd,
          name: 'e2e-alone',
          include: alone,
          exclude: outside,
          maxWorkers: 1,
          sequence: { sequencer: LongestFirst, groupOrder: 2 },
        },
      },
    ],
  },
})
