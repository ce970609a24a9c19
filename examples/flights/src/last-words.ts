import type { Readable } from 'node:stream'

const KEPT = 4096

/** Reads what a process says on standard error, keeps the end of it, and tells in a line what it died of. */
export function lastWords(stderr: Readable | null): () => string {
  let text = ''
  stderr?.setEncoding('utf8').on('data', (chunk: string) => (text = (text + chunk).slice(-KEPT)))
  return () => {
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    // An error that nobody has caught is followed by its stack.
    return (lines.findLast((line) => /^(?:\w*Error\b|\w+ \[\w+\]:)/.test(line)) ?? lines.at(-1) ?? '').trim()
  }
}
