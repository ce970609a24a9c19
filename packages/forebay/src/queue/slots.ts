/** What can be in {@link Slots}: it knows its place there; -1 while it is in none. */
export interface Slotted {
  slot: number
}

/**
 * A set without order whose members know their place: nothing is allocated when one comes or goes. A `Set` that takes
 * and gives thousands of members a second leaves its old tables behind, each of which keeps its members
 * alive until the next full collection.
 */
export class Slots<T extends Slotted> {
  readonly #members: T[] = []

  get size(): number {
    return this.#members.length
  }

  add(member: T): void {
    member.slot = this.#members.push(member) - 1
  }

  has(member: T): boolean {
    return member.slot >= 0 && this.#members[member.slot] === member
  }

  /** Takes a member out; the last one moves into its place. Returns whether it was in. */
  delete(member: T): boolean {
    if (!this.has(member)) return false
    const last = this.#members.pop() as T
    if (last !== member) {
      this.#members[member.slot] = last
      last.slot = member.slot
    }
    member.slot = -1
    return true
  }

  values(): readonly T[] {
    return this.#members
  }
}
