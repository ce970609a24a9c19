import type { JSX } from 'preact'
import { stageStates } from '../graph/state-bar.tsx'
import type { StagePicture } from '../model/flow-picture.ts'
import { total } from '../model/flow-picture.ts'
import { duration, grouped, percent, rate } from '../model/format.ts'
import { samples } from '../model/quantile.ts'
import { Facts, PanelHead, Part } from './facts.tsx'
import { Reasons } from './reasons.tsx'
import { RungPart } from './rung-part.tsx'
import { ScalePart } from './scale-part.tsx'
import { ServiceHistogram } from './service-histogram.tsx'

export function StagePanel({ picture }: { picture: StagePicture }): JSX.Element {
  const { stage, service } = picture
  const hasSite = stage.site !== undefined && stage.site !== ''
  return (
    <>
      <PanelHead kind={`stage · ${stage.kind}`} name={stage.name}>
        {hasSite && <p class="site">{stage.site}</p>}
      </PanelHead>
      <Part title={stage.slots === 1 ? 'Time' : `Time of ${stage.slots} slots`}>
        <ul class="bars">
          {stageStates.map(({ key, letter, meaning }) => (
            <li key={key}>
              <span class="bar-name">
                <span class={`state-part ${key} swatch`}>{letter}</span>
                {key} <span class="soft">{meaning}</span>
              </span>
              <span class="bar-value">{percent(picture[key])}</span>
              <span class="bar-track">
                <span class={`bar-fill state-part ${key}`} style={{ width: `${picture[key] * 100}%` }} />
              </span>
            </li>
          ))}
        </ul>
      </Part>
      <Part title="Work">
        <Facts
          facts={[
            ['in', `${rate(picture.inRate)}/s`],
            ['out', `${rate(picture.outRate)}/s`],
            ['if busy all the time', Number.isNaN(picture.capacity) ? '–' : `~${rate(picture.capacity)}/s`],
            ['in flight', `${grouped(stage.inFlight)} of ${stage.slots}`],
            ['failed', `${grouped(stage.failed)}`],
            ['retried', `${grouped(stage.retried)}`],
          ]}
        />
      </Part>
      <RungPart stage={stage} />
      <ScalePart stage={stage} />
      {samples(service) > 0 && (
        <Part title="Service time">
          <Facts
            facts={[
              ['p50', duration(picture.p50)],
              ['p99', duration(picture.p99)],
            ]}
          />
          <ServiceHistogram histogram={service} />
        </Part>
      )}
      {stage.operators.length > 1 && (
        <Part title="Operators, by share of its time">
          <ul class="bars">
            {stage.operators.map(({ name, share }, i) => (
              <li key={i}>
                <span class="bar-name">{name}</span>
                <span class="bar-value">{percent(share)}</span>
                <span class="bar-track">
                  <span class="bar-fill blue" style={{ width: `${share * 100}%` }} />
                </span>
              </li>
            ))}
          </ul>
        </Part>
      )}
      {total(stage.discarded) > 0 && (
        <Part title="Discarded, by reason">
          <Reasons counts={stage.discarded} />
        </Part>
      )}
    </>
  )
}
