/** So many messages of so many bytes. */
export interface Amount {
  readonly items: number
  readonly bytes: number
}

export const NOTHING: Amount = { items: 0, bytes: 0 }

export function plus(a: Amount, b: Amount): Amount {
  return { items: a.items + b.items, bytes: a.bytes + b.bytes }
}

export function minus(a: Amount, b: Amount): Amount {
  return { items: a.items - b.items, bytes: a.bytes - b.bytes }
}
