import type { Part } from './part.ts'

const followers = new WeakMap<Part, Set<() => void>>() // each bounded by those who observe

/** Calls `look` whenever the limit or the state of `part`, or of a part in it, has become another. Returns the way to stop. */
export function follow(part: Part, look: () => void): () => void {
  const own = (): void => look() // one place for each call, though the same function be given twice
  const all = (part.leaves ?? [part]).map(followersOf)
  for (const each of all) each.add(own)
  return () => {
    for (const each of all) each.delete(own)
  }
}

function followersOf(leaf: Part): Set<() => void> {
  const known = followers.get(leaf)
  if (known !== undefined) return known
  const made = new Set<() => void>()
  followers.set(leaf, made)
  leaf.changed = () => {
    for (const look of made) look()
  }
  return made
}
