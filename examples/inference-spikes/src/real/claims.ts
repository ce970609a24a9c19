import { HELD_AT_MOST } from './doors.ts'
import type { Spike } from './spike.ts'

/** Something that this example says, and whether the figures bear it out. */
export interface Claim {
  readonly text: string
  readonly holds: boolean
}

/**
 * What has to hold on any machine, however busy: nothing here depends on how quickly anything is done, but that the
 * spike is for more than the model can do at its own measured pace. What does depend on it is in the findings.
 */
export function claimsOf(spikes: readonly Spike[]): Claim[] {
  const [open, ...gated] = spikes as [Spike, ...Spike[]]
  const asked = ({ interactive, batch }: Spike): string => `${interactive.total.offered}, ${batch.total.offered}`
  return [
    {
      text: 'every door is asked for the same',
      holds: open.interactive.total.offered > 0 && gated.every((spike) => asked(spike) === asked(open)),
    },
    {
      text: 'who is not answered is told to come back, or gives up: nothing fails',
      holds: spikes.every(({ interactive, batch }) => interactive.total.failed + batch.total.failed === 0),
    },
    {
      text: 'behind a gate the server never holds more than the line, and what the gate lets in at once',
      holds: gated.every(({ door, server }) => server.mostHeld <= HELD_AT_MOST[door]),
    },
    {
      text: 'without a gate it holds more than behind either, when it is asked for 2.5 times what the model can do',
      holds: gated.every(({ server }) => open.server.mostHeld > server.mostHeld),
    },
  ]
}
