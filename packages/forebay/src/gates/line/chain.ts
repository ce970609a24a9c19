/** A place in one {@link Chain}. What stands in one chain only may be its own link. */
export interface Linked<T> {
  readonly owner: T
  /** Undefined while it stands in no chain. */
  chain: Chain<T> | undefined
  previous: Linked<T> | undefined
  next: Linked<T> | undefined
}

/** A link apart from its owner, which has one for each chain that it stands in. */
export class Link<T> implements Linked<T> {
  readonly owner: T
  chain: Chain<T> | undefined = undefined
  previous: Linked<T> | undefined = undefined
  next: Linked<T> | undefined = undefined

  constructor(owner: T) {
    this.owner = owner
  }
}

/** A doubly linked list of links that belong to their owners: adding and removing anywhere is O(1) and allocates nothing. */
export class Chain<T> {
  first: Linked<T> | undefined = undefined
  last: Linked<T> | undefined = undefined
  length = 0

  /** Adds a link that stands in no chain. */
  append(link: Linked<T>): void {
    link.chain = this
    link.previous = this.last
    if (this.last === undefined) this.first = link
    else this.last.next = link
    this.last = link
    this.length++
  }

  remove(link: Linked<T>): void {
    if (link.chain !== this) return
    if (link.previous === undefined) this.first = link.next
    else link.previous.next = link.next
    if (link.next === undefined) this.last = link.previous
    else link.next.previous = link.previous
    link.chain = undefined
    link.previous = undefined
    link.next = undefined
    this.length--
  }

  /** Sends the first to the end. */
  rotate(): void {
    const { first } = this
    if (first === undefined || first === this.last) return
    this.remove(first)
    this.append(first)
  }
}
