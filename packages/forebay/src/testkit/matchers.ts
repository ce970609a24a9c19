import type { Program } from '../flow/program.ts'
import type { Bytes } from '../kernel/bytes.ts'
import type { Snapshot } from '../kernel/snapshot.ts'
import { assertBoundedBy, type Bounds } from './bounded-by.ts'
import { waitsOf } from './waits.ts'

/** What a matcher answers, as `expect.extend` of Vitest and Jest wants it. */
interface Answer {
  pass: boolean
  message: () => string
}

/**
 * Matchers for `expect.extend` of Vitest, Jest and whatever has the same shape.
 *
 * @example
 * expect.extend(matchers)
 * expect(program).toBeBoundedBy('64MiB')
 * expect(run).toMatchWaits('sink ⇐ buffer(full 10/10) ⇐ source')
 */
export const matchers = {
  /** The worst case that `explain` knows of a program is within so many bytes, or within `{ items, bytes }`. */
  toBeBoundedBy(program: Program<any>, bounds: Bounds | Bytes): Answer {
    try {
      assertBoundedBy(program, typeof bounds === 'object' ? bounds : { bytes: bounds })
    } catch (error) {
      return { pass: false, message: () => (error as Error).message }
    }
    return { pass: true, message: () => 'expected the worst case to be larger' }
  },

  /** One way through a run, from its end up to a source, looks like this just now. */
  toMatchWaits(run: { inspect(): Snapshot }, picture: string): Answer {
    const waits = waitsOf(run.inspect())
    const wanted = picture.trim().replaceAll(/\s+/g, ' ')
    const pass = waits.includes(wanted)
    return {
      pass,
      message: () => `expected ${pass ? 'no way like' : 'a way like'}\n  ${wanted}\ngot\n  ${waits.join('\n  ')}`,
    }
  },
}
