import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Slow or about the test kit itself: a mutant of the library is found sooner elsewhere. */
const left = [
  '**/test/laws/planted.test.ts',
  '**/mutants.test.ts',
  '**/bounded-memory.test.ts',
  '**/src/node/**',
  '**/broadcast-hub.test.ts',
]

/** Beside the source first, whole flows next, the laws last: what fails soon ends a mutant soon. */
const rank = (path: string): number =>
  path.includes('/src/kernel/') ? 0 : path.includes('/src/') ? 1 : path.includes('/test/laws/laws-') ? 3 : 2

class NearestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => rank(a.moduleId) - rank(b.moduleId) || a.moduleId.localeCompare(b.moduleId, 'en'))
  }
}

/** The tests that mutants run: one process without isolation, because most of a mutant's time would go into imports. */
export default defineConfig({
  test: {
    include: (process.env['FOREBAY_MUTATION_TESTS'] ?? 'packages/forebay/{src,test}/**/*.test.ts').split(' '),
    exclude: ['**/node_modules/**', '**/dist/**', ...left],
    isolate: false,
    testTimeout: 20_000,
    sequence: { sequencer: NearestFirst },
  },
})
