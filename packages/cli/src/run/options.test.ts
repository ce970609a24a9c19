import { describe, expect, it } from 'vitest'
import { UsageError } from '../errors/exit-codes.ts'
import { runOptions } from './options.ts'

describe('the options of run', () => {
  it('reads times, bytes, and a bare --console', () => {
    const options = runOptions(['flow.ts', '--for', '20s', '--memory', '128MiB', '--console', '--json'])

    expect(options).toMatchObject({
      file: 'flow.ts',
      forMs: 20_000,
      drainMs: 10_000,
      memoryBytes: 128 * 1024 ** 2,
      console: 7788,
      json: true,
    })
  })

  it('serves no console with --no-console', () => {
    expect(runOptions(['flow.ts', '--no-console']).console).toBeUndefined()
  })

  it.each([
    [[], 'which file'],
    [['a.ts', 'b.ts'], 'one file at a time'],
    [['a.ts', '--for', 'soon'], /^--for: expected milliseconds/],
    [['a.ts', '--drain-for', 'later'], /^--drain-for: expected milliseconds/],
    [['a.ts', '--memory=-1'], /^--memory: expected bytes/],
    [['a.ts', '--console=70000'], 'port'],
    [['a.ts', '--frobnicate'], 'frobnicate'],
  ])('refuses %j', (argv, message) => {
    expect(() => runOptions(argv)).toThrow(UsageError)
    expect(() => runOptions(argv)).toThrow(message)
  })
})
