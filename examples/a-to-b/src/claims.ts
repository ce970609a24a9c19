import { WISHED_PER_SECOND, type Row } from './row.ts'

/** Something that this example says, and whether the figures bear it out. */
export interface Claim {
  readonly text: string
  readonly holds: boolean
}

/** What the figures of all strategies have to show. */
export function claimsOf(rows: readonly Row[]): Claim[] {
  const [unbounded, buffered, dropping, told, pulled] = rows as [Row, Row, Row, Row, Row]
  // What B really does here, which is less than 75 a second where the machine is busy with other things.
  const capacity = buffered.inTime + buffered.late / buffered.seconds
  return [
    {
      text: 'without a bound B does all of it, more than half of it too late, and the wait only grows',
      holds: unbounded.refused === 0 && unbounded.late > unbounded.inTime && unbounded.waiting > 2 * buffered.waiting,
    },
    {
      text: 'a buffer of 75 adds a second to every answer, and refuses what B cannot do all the same',
      holds: buffered.waiting <= 75 && buffered.refused > 0 && buffered.p50 > 600,
    },
    {
      text: 'dropping loses no more than buffering does, and what is answered is answered soon',
      holds: dropping.waiting <= 8 && dropping.inTime > 0.85 * capacity && dropping.p50 < buffered.p50 / 3,
    },
    {
      text: 'a requester that is told the rate and obeys makes less, and next to nothing is refused',
      holds: isSlowed(told) && told.inTime > 0.7 * capacity && told.refused <= 10 && told.p50 < buffered.p50 / 3,
    },
    {
      text: 'a requester that pulls makes what B can do; nothing is refused, and nothing waits in B',
      holds: isSlowed(pulled) && pulled.inTime > 0.7 * capacity && pulled.refused === 0 && pulled.waiting <= 1,
    },
  ]
}

function isSlowed({ made }: Row): boolean {
  return made < 0.9 * WISHED_PER_SECOND
}
