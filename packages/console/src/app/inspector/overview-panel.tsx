import type { Snapshot } from 'forebay/observe'
import type { JSX } from 'preact'
import { total } from '../model/flow-picture.ts'
import type { FlowPicture, GatePicture } from '../model/flow-picture.ts'
import { bytes, duration, grouped, percent, rate } from '../model/format.ts'
import { shown, tab } from '../state/state.ts'
import { Facts, PanelHead, Part } from './facts.tsx'
import { ReplicasPart } from './scale-part.tsx'
import { TwinCard } from './twin-card.tsx'

/** The flow as a whole: shown while nothing is selected. */
export function OverviewPanel({ picture }: { picture: FlowPicture }): JSX.Element {
  const { snapshot, loop } = picture
  const { memory } = snapshot
  const panes = shown.value?.panes ?? []
  const report = picture.stages.size > 0 ? shown.value?.scales?.get(snapshot.run) : undefined
  return (
    <>
      <PanelHead kind={picture.stages.size > 0 ? 'flow' : 'gates'} name={snapshot.flow}>
        <p class="site">
          run {snapshot.run}, {snapshot.state} for {duration(snapshot.at)}
        </p>
      </PanelHead>
      {picture.stages.size > 0 && <FlowFigures picture={picture} />}
      {picture.stages.size === 0 && <GatesFigures picture={picture} />}
      {(loop !== undefined || memory.budgetBytes + memory.heldBytes > 0) && (
        <Part title="Resources">
          {memory.budgetBytes + memory.heldBytes > 0 && (
            <Meter
              name="memory held"
              share={memory.budgetBytes > 0 ? memory.heldBytes / memory.budgetBytes : 0}
              text={
                memory.budgetBytes > 0
                  ? `${bytes(memory.heldBytes)} of ${bytes(memory.budgetBytes)}`
                  : bytes(memory.heldBytes)
              }
            />
          )}
          {memory.share !== undefined && <ShareMeter share={memory.share} budgetBytes={memory.budgetBytes} />}
          {loop !== undefined && <Meter name="event loop busy" share={loop} text={percent(loop)} />}
        </Part>
      )}
      {report !== undefined && <ReplicasPart report={report} />}
      {panes.map((pane) => (
        <Part key={pane.title} title="Twin without backpressure">
          <TwinCard pane={pane} />
        </Part>
      ))}
      {picture.stages.size > 0 && <LedgerPart picture={picture} />}
    </>
  )
}

function Meter({ name, share, text }: { name: string; share: number; text: string }): JSX.Element {
  const filled = Number.isFinite(share) ? Math.min(1, share) : 0
  return (
    <div class="meter">
      <span class="bar-name">{name}</span>
      <span class="bar-value">{text}</span>
      <span class="bar-track">
        <span class={`bar-fill ${filled > 0.85 ? 'orange' : 'blue'}`} style={{ width: `${filled * 100}%` }} />
      </span>
    </div>
  )
}

type Share = NonNullable<Snapshot['memory']['share']>

/** How the memory stands that this run shares with others. */
function ShareMeter({ share, budgetBytes }: { share: Share; budgetBytes: number }): JSX.Element {
  const { budget, budgetHeldBytes, waiting, waitedMs, largest } = share
  return (
    <>
      <Meter
        name="held by all runs"
        share={budgetHeldBytes / budgetBytes}
        text={`${bytes(budgetHeldBytes)} of ${bytes(budgetBytes)}`}
      />
      <Facts
        facts={[
          ['shared as', budget],
          ['most is held by', `${largest.name}, ${bytes(largest.heldBytes)}`],
          ['waited for room', `${duration(waitedMs)}, ${grouped(waiting)} ${waiting === 1 ? 'edge' : 'edges'} now`],
        ]}
      />
    </>
  )
}

function FlowFigures({ picture }: { picture: FlowPicture }): JSX.Element {
  return (
    <div class="big-figures">
      <p>
        <span class="big">{rate(picture.inRate)}</span>
        <span class="big-name">in a second</span>
      </p>
      <p>
        <span class="big">{rate(picture.outRate)}</span>
        <span class="big-name">out a second</span>
      </p>
    </div>
  )
}

/** Gates that belong to no flow: what they let in and refuse together. */
function GatesFigures({ picture }: { picture: FlowPicture }): JSX.Element {
  const gates = [...picture.gates.values()]
  const sum = (of: (gate: GatePicture) => number): number => gates.reduce((all, gate) => all + of(gate), 0)
  return (
    <div class="big-figures">
      <p>
        <span class="big">{rate(sum(({ admittedRate }) => admittedRate))}</span>
        <span class="big-name">let in a second</span>
      </p>
      <p>
        <span class="big">{rate(sum(({ shedRate }) => shedRate))}</span>
        <span class="big-name">refused a second</span>
      </p>
    </div>
  )
}

function LedgerPart({ picture: { snapshot } }: { picture: FlowPicture }): JSX.Element {
  const { ledger } = snapshot
  return (
    <Part title="Ledger">
      <Facts
        facts={[
          ['in', grouped(ledger.carriedIn + ledger.in)],
          ['out', grouped(ledger.out)],
          ['in flight', grouped(ledger.inFlight)],
          ['dropped', grouped(total(ledger.dropped))],
          ['dead letters', grouped(ledger.deadLettered)],
        ]}
      />
      <button type="button" class={`balance${snapshot.balanced ? '' : ' off'}`} onClick={() => (tab.value = 'ledger')}>
        {snapshot.balanced ? '✓ every account balances' : '✗ an account is off'}
      </button>
    </Part>
  )
}
