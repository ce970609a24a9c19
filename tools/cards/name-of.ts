import type { CardSubject } from '../../packages/forebay/test/laws/families.ts'

/** The name of a card: the function, and which implementation of it. */
export function nameOf({ of, variant }: CardSubject['card']): string {
  return variant === undefined ? of : `${of} (${variant})`
}
