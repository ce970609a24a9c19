import type { JSX } from 'preact'
import type { EdgePicture, FlowPicture } from '../model/flow-picture.ts'
import { bytes, count, duration, grouped, percent, rate } from '../model/format.ts'
import { Facts, PanelHead, Part } from './facts.tsx'
import { Reasons } from './reasons.tsx'

const meanings: Readonly<Record<string, string>> = {
  backpressure: 'When it is full, the producer waits. Nothing is lost.',
  'drop-oldest': 'When it is full, the oldest item makes room.',
  'drop-newest': 'When it is full, the arriving item is dropped.',
  'drop-youngest': 'When it is full, the youngest held item makes room.',
  'drop-random': 'When it is full, a held item chosen evenly makes room.',
  'drop-lowest': 'When it is full, the least important item goes.',
  'drop-all': 'When it is full, everything held is dropped.',
  latest: 'The newest item of each key is kept.',
  sample: 'While it is full, one arriving item in n is kept.',
  fail: 'When it is full, the flow fails.',
  reject: 'When it is full, arriving items are refused, and told when to come back.',
  spill: 'When it is full, items go on to disk.',
}

export function EdgePanel({ picture, flow }: { picture: EdgePicture; flow: FlowPicture }): JSX.Element {
  const { edge, fill, dropped } = picture
  const name = (id: string): string => flow.stages.get(id)?.stage.name ?? id
  const settled = edge.taken + edge.length + dropped
  return (
    <>
      <PanelHead kind={edge.durable ? 'edge · durable' : 'edge'} name={edge.name}>
        <p class="site">
          {name(edge.from)} → {name(edge.to)}
        </p>
      </PanelHead>
      <Part title="Level">
        <div class={`tank${fill >= 0.8 ? ' full' : ''}`} role="img" aria-label={`${percent(fill)} full`}>
          <span class="tank-water" style={{ width: `${fill * 100}%` }} />
          <span class="tank-text">
            <b>{percent(fill)}</b>
          </span>
        </div>
        <Facts
          facts={[
            ['holds', edge.capacity > 0 ? `${grouped(edge.length)} of ${grouped(edge.capacity)}` : 'direct hand-over'],
            [
              'bytes',
              edge.capacityBytes > 0 ? `${bytes(edge.bytes)} of ${bytes(edge.capacityBytes)}` : bytes(edge.bytes),
            ],
            ['credit', count(edge.credit)],
            ['oldest', edge.length > 0 ? duration(edge.oldestMs) : '–'],
            ['producer blocked', percent(picture.blocked)],
          ]}
        />
      </Part>
      <Part title="When it is full">
        <p class="policy">{edge.policy}</p>
        <p class="note">{meanings[edge.policy]}</p>
      </Part>
      <Part title="Flow">
        <Facts
          facts={[
            ['put', `${rate(picture.putRate)}/s`],
            ['taken', `${rate(picture.takenRate)}/s`],
            ['dropped', `${rate(picture.dropRate)}/s`],
          ]}
        />
      </Part>
      <Part title="Account">
        <Facts
          facts={[
            ['put', grouped(edge.put)],
            ['taken', grouped(edge.taken)],
            ['held', grouped(edge.length)],
            ['dropped', grouped(dropped)],
            ['balance', edge.put === settled ? '✓ balanced' : `✗ off by ${grouped(edge.put - settled)}`],
          ]}
        />
      </Part>
      {dropped > 0 && (
        <Part title="Dropped, by reason">
          <Reasons counts={edge.dropped} />
        </Part>
      )}
    </>
  )
}
