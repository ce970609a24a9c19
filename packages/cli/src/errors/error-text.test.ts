import { join } from 'node:path'
import { ForebayError } from 'forebay'
import { describe, expect, it } from 'vitest'
import { errorText, wantsStack } from './error-text.ts'

/** An error thrown by these lines of code. */
function thrownAt(error: Error, ...frames: string[]): Error {
  error.stack = [`${error.name}: ${error.message}`, ...frames.map((frame) => `    at ${frame}`)].join('\n')
  return error
}

describe('an error as text', () => {
  it('is one line with its code, and no stack', () => {
    const error = new ForebayError('FOREBAY_UNAVAILABLE', 'the store is in use by process 7')

    expect(errorText(error)).toBe('the store is in use by process 7 (FOREBAY_UNAVAILABLE)')
  })

  it('says what caused it, unless it has said so already', () => {
    const cause = new Error('EACCES: permission denied')

    expect(errorText(new ForebayError('FOREBAY_UNAVAILABLE', 'cannot open it', { cause }))).toBe(
      'cannot open it: EACCES: permission denied (FOREBAY_UNAVAILABLE)',
    )
    expect(errorText(new ForebayError('FOREBAY_UNAVAILABLE', `cannot: ${cause.message}`, { cause }))).toBe(
      'cannot: EACCES: permission denied (FOREBAY_UNAVAILABLE)',
    )
  })

  it("names the first line of the user's own code, past ours and that of packages", () => {
    const error = thrownAt(
      new RangeError('rate: expected a whole number'),
      `checkInteger (file://${join(process.cwd(), 'packages/forebay/dist/kernel/check.js')}:4:9)`,
      `load (${join(process.cwd(), 'node_modules/jiti/dist/jiti.cjs')}:1:2)`,
      'ModuleJob.run (node:internal/modules/esm/module_job:325:25)',
      `async ${join(process.cwd(), 'examples/my flow/flow.ts')}:17:97`,
    )

    expect(errorText(error)).toBe('rate: expected a whole number (examples/my flow/flow.ts:17:97)')
  })

  it('leaves out what follows the first line', () => {
    const error = thrownAt(new Error("Cannot find module 'x'\nRequire stack:\n- /a/b.ts"))
    Object.assign(error, { code: 'MODULE_NOT_FOUND' })

    expect(errorText(error)).toBe("Cannot find module 'x' (MODULE_NOT_FOUND)")
  })

  it('is everything there is for those who want the stack', () => {
    const cause = new Error('the disk is full')

    const text = errorText(new Error('no', { cause }), true)

    expect(text).toContain('error-text.test.ts')
    expect(text).toContain('the disk is full')
    expect(wantsStack(['run', '--verbose'], {})).toBe(true)
    expect(wantsStack([], { DEBUG: '1' })).toBe(true)
    expect(wantsStack(['run'], { DEBUG: '' })).toBe(false)
  })

  it('is whatever was thrown when that is no error', () => {
    expect(errorText('just a string')).toBe('just a string')
    expect(errorText(undefined)).toBe('undefined')
  })
})
