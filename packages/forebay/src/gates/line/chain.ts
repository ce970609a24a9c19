/** A place in one {@link Chain}. An owner that stands in several chains has one link for each. */
export class Link<T> {
  readonly owner: T
  /** Undefined while it stands in no chain. */
  chain: Chain<T> | undefined = undefined
  previous: Link<T> | undefined = undefined
  next: Link<T> | undefined = undefined

  constructor(owner: T) {
    this.owner = owner
  }
}

/** A doubly linked list of links that belong to their owners: adding and removing anywhere is O(1) and allocates nothing. */
export class Chain<T> {
  first: Link<T> | undefined = undefined
  last: Link<T> | undefined = undefined
  length = 0

  /** Adds a link that stands in no chain. */
  append(link: Link<T>): void {
    link.chain = this
    link.previous = this.last
    if (this.last === undefined) this.first = link
    else this.last.next = link
    this.last = link
    this.length++
  }

  remove(link: Link<T>): void {
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
