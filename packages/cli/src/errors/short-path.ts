import { relative } from 'node:path'

/** A path as it is read most easily: from the current folder down, and whole anywhere else. */
export function shortPath(path: string): string {
  const below = relative(process.cwd(), path)
  return below.startsWith('..') ? path : below
}
