import { ForebayError } from '../../kernel/errors.ts'
import type { Link } from './links.ts'

/** Components that lie on common cycles, which meet in at least one. */
export interface Ring {
  readonly members: ReadonlySet<string>
  readonly feedbacks: readonly Link[]
  /** The components of one cycle, from where its feedback ends back to there: `a → b → a`. */
  readonly path: string
}

/** The components in an order in which each comes after those that it takes from, feedback aside. */
export function orderOf(components: readonly string[], links: readonly Link[]): string[] {
  const forward = links.filter(({ feedback }) => feedback === undefined)
  const order: string[] = []
  const left = new Set(components)
  for (let found = true; found;) {
    found = false
    for (const component of left) {
      if (forward.some(({ from, to }) => to.component === component && left.has(from.component))) continue
      order.push(component)
      left.delete(component)
      found = true
    }
  }
  const [first] = left
  if (first === undefined) return order
  // Each of those left takes from another one: going back from any comes round.
  const way = [first]
  for (;;) {
    const at = way.at(-1) as string
    const before = forward.find(({ from, to }) => to.component === at && left.has(from.component))?.from
      .component as string
    const seen = way.indexOf(before)
    way.push(before)
    if (seen === -1) continue
    throw new ForebayError(
      'FOREBAY_DEADLOCK',
      `the ring ${way.slice(seen).toReversed().join(' → ')} has no feedback: connect one of its steps with feedback()`,
    )
  }
}

/** The rings that the feedbacks of a graph close. */
export function ringsOf(components: readonly string[], links: readonly Link[]): Ring[] {
  const after = new Map(components.map((component) => [component, reached(component, links)]))
  const reaches = (from: string, to: string): boolean => after.get(from)?.has(to) === true
  const rings = new Map<string, { members: ReadonlySet<string>; feedbacks: Link[] }>()
  for (const link of links) {
    if (link.feedback === undefined) continue
    const { component } = link.to
    if (!reaches(component, link.from.component)) {
      throw new ForebayError('FOREBAY_GRAPH', `${link.name} closes no ring: use connect()`)
    }
    const members = new Set(components.filter((other) => reaches(component, other) && reaches(other, component)))
    const key = [...members].join('\n')
    const ring = rings.get(key) ?? { members, feedbacks: [] }
    ring.feedbacks.push(link)
    rings.set(key, ring)
  }
  return [...rings.values()].map(({ members, feedbacks }) => ({
    members,
    feedbacks,
    path: pathOf(feedbacks[0] as Link, links),
  }))
}

/** The components that get something of this one, itself included. */
function reached(component: string, links: readonly Link[]): Set<string> {
  const seen = new Set([component])
  // A set is walked on over what is added meanwhile.
  for (const at of seen) for (const { from, to } of links) if (from.component === at) seen.add(to.component)
  return seen
}

/** The shortest cycle through a feedback. */
function pathOf(feedback: Link, links: readonly Link[]): string {
  const start = feedback.to.component
  const ways = [[start]]
  const seen = new Set([start])
  for (const way of ways) {
    const at = way.at(-1)
    if (at === feedback.from.component) return [...way, start].join(' → ')
    for (const { from, to } of links) {
      if (from.component !== at || seen.has(to.component)) continue
      seen.add(to.component)
      ways.push([...way, to.component])
    }
  }
  return start
}
