import type { EdgeSnapshot, StageSnapshot } from 'forebay/observe'
import type { JSX } from 'preact'
import { total } from '../model/flow-picture.ts'
import { grouped } from '../model/format.ts'
import { picture, selected } from '../state/state.ts'

/** The accounts: of the flow as an equation, of each stage and edge as a row. Nothing may be missing on either side. */
export function Ledger(): JSX.Element {
  const now = picture.value
  if (now === undefined) return <p class="note">Waiting for the first sample…</p>
  const { ledger, balanced, stages, edges } = now.snapshot
  const dropped = total(ledger.dropped)
  return (
    <div class="ledger">
      <div class="equation" role="group" aria-label="Account of the flow">
        <Term name="carried in" value={ledger.carriedIn} />
        <Sign text="+" />
        <Term name="in" value={ledger.in} isMain />
        <Sign text="=" />
        <Term name="out" value={ledger.out} isMain />
        <Sign text="+" />
        <Term name="dropped" value={dropped} isLoss={dropped > 0} />
        <Sign text="+" />
        <Term name="dead letters" value={ledger.deadLettered} isLoss={ledger.deadLettered > 0} />
        <Sign text="+" />
        <Term name="in flight" value={ledger.inFlight} />
        <Sign text="+" />
        <Term name="carried out" value={ledger.carriedOut} />
        <span class={`balance-mark${balanced ? '' : ' off'}`}>{balanced ? '✓ balanced' : '✗ does not balance'}</span>
      </div>
      <div class="accounts">
        <table class="plain">
          <caption>Stages: in = settled + failed + discarded + in flight</caption>
          <thead>
            <tr>
              <th scope="col">stage</th>
              <th scope="col">in</th>
              <th scope="col">settled</th>
              <th scope="col">failed</th>
              <th scope="col">discarded</th>
              <th scope="col">in flight</th>
              <th scope="col">emitted</th>
              <th scope="col">✓</th>
            </tr>
          </thead>
          <tbody>{stages.map(stageRow)}</tbody>
        </table>
        <table class="plain">
          <caption>Edges: put = taken + held + dropped</caption>
          <thead>
            <tr>
              <th scope="col">edge</th>
              <th scope="col">put</th>
              <th scope="col">taken</th>
              <th scope="col">held</th>
              <th scope="col">dropped</th>
              <th scope="col">✓</th>
            </tr>
          </thead>
          <tbody>{edges.map(edgeRow)}</tbody>
        </table>
      </div>
    </div>
  )
}

function Term({
  name,
  value,
  isMain = false,
  isLoss = false,
}: {
  name: string
  value: number
  isMain?: boolean
  isLoss?: boolean
}): JSX.Element {
  return (
    <span class={`term${isMain ? ' main' : ''}${isLoss ? ' loss' : ''}${value === 0 ? ' zero' : ''}`}>
      <span class="term-value">{grouped(value)}</span>
      <span class="term-name">{name}</span>
    </span>
  )
}

function Sign({ text }: { text: string }): JSX.Element {
  return <span class="sign">{text}</span>
}

function stageRow(stage: StageSnapshot): JSX.Element {
  const discarded = total(stage.discarded)
  const isBalanced = stage.in === stage.settled + stage.failed + discarded + stage.inFlight
  return (
    <tr key={stage.id} class={selected.value === stage.id ? 'chosen' : ''}>
      <th scope="row">{stage.name}</th>
      <td>{grouped(stage.in)}</td>
      <td>{grouped(stage.settled)}</td>
      <td>{grouped(stage.failed)}</td>
      <td>{grouped(discarded)}</td>
      <td>{grouped(stage.inFlight)}</td>
      <td>{grouped(stage.emitted)}</td>
      <td>{balanceSign(isBalanced)}</td>
    </tr>
  )
}

function edgeRow(edge: EdgeSnapshot): JSX.Element {
  const dropped = total(edge.dropped)
  return (
    <tr key={edge.id} class={selected.value === edge.id ? 'chosen' : ''}>
      <th scope="row">{edge.name}</th>
      <td>{grouped(edge.put)}</td>
      <td>{grouped(edge.taken)}</td>
      <td>{grouped(edge.length)}</td>
      <td>{grouped(dropped)}</td>
      <td>{balanceSign(edge.put === edge.taken + edge.length + dropped)}</td>
    </tr>
  )
}

function balanceSign(isBalanced: boolean): JSX.Element {
  return <span class={isBalanced ? 'good' : 'bad'}>{isBalanced ? '✓' : '✗'}</span>
}
