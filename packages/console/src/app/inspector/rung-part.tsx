import type { StageSnapshot } from 'forebay/observe'
import type { JSX } from 'preact'
import { grouped } from '../model/format.ts'
import { rungPlace } from '../model/rung.ts'
import { Facts, Part } from './facts.tsx'

/** How far a stage degrades: the best rung on the left, each further one a step down. */
export function RungPart({ stage: { rung } }: { stage: StageSnapshot }): JSX.Element | null {
  if (rung === undefined) return null
  const { name, index, of, changes } = rung
  return (
    <Part title="Ladder">
      <div class="rungs" role="img" aria-label={`rung ${rungPlace(rung)}, the first is the best: ${name}`}>
        {Array.from({ length: of }, (_, i) => (
          <span key={i} class={`rung-step${i === index ? ' on' : ''}${index > 0 ? ' worse' : ''}`} />
        ))}
      </div>
      <Facts
        facts={[
          ['answers', `${name} (${rungPlace(rung)})`],
          ['changes of rung', grouped(changes)],
        ]}
      />
    </Part>
  )
}
