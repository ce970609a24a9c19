import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { lastWords } from './last-words.ts'

async function said(...chunks: string[]): Promise<string> {
  const stderr = Readable.from(chunks.map((chunk) => Buffer.from(chunk)))
  const words = lastWords(stderr)
  await new Promise((resolve) => stderr.once('close', resolve))
  return words()
}

describe('last words', () => {
  it('are the error of a stack, or else the last line', async () => {
    const stack =
      "\nError: EACCES: permission denied, open 'x'\n    at openSync (node:fs:1)\n  errno: -13\n}\n\nNode.js v20\n"

    expect(await said('node:fs:581\n    throw', stack)).toBe("Error: EACCES: permission denied, open 'x'")
    expect(await said('--rate: expected a whole number, got x\n')).toBe('--rate: expected a whole number, got x')
    expect(await said()).toBe('')
  })

  it('are found at the end of however much was said', async () => {
    expect(await said(...Array.from({ length: 1000 }, () => 'noise\n'), 'TypeError: no\n')).toBe('TypeError: no')
  })
})
