/** How many groups hold how many items, to know at any time what the longest one holds; a change costs no search. */
export class GroupLengths {
  longest = 0
  /** Groups by their length; those that hold nothing are not counted. */
  readonly #groups: Uint32Array

  constructor(items: number) {
    this.#groups = new Uint32Array(items + 1)
  }

  /** A group holds `length` items now; true when the longest one is shorter than before. */
  count(group: { counted: number }, length: number): boolean {
    const groups = this.#groups
    const before = this.longest
    if (group.counted > 0) groups[group.counted] = (groups[group.counted] as number) - 1
    if (length > 0) groups[length] = (groups[length] as number) + 1
    group.counted = length
    if (length > this.longest) this.longest = length
    while (this.longest > 0 && groups[this.longest] === 0) this.longest--
    return this.longest < before
  }
}
