import type { JSX } from 'preact'
import { flow, marks, picture, shown, tab } from '../state/state.ts'
import type { Tab } from '../state/state.ts'
import { Gates } from '../gates/gates.tsx'
import { grouped } from '../model/format.ts'
import { Queues } from '../queues/queues.tsx'
import { queueList } from '../state/queues.ts'
import { Alerts, openAlerts } from './alerts.tsx'
import { Ledger } from './ledger.tsx'
import { Scrubber } from './scrubber.tsx'
import { Strips } from './strips.tsx'
import { FlowTable } from './flow-table.tsx'
import { TwinPane } from './twin-pane.tsx'

/** Charts, accounts, alerts, tables and the twin: one at a time. */
export function Dock(): JSX.Element {
  const hasStages = flow.value?.stages.length !== 0
  const hasGates = (flow.value?.gates.length ?? 0) > 0
  const queues = queueList.value?.queues ?? []
  const hasQueues = queues.length > 0
  const dead = queues.reduce((sum, { stats }) => sum + stats.dead, 0)
  const hasTwin = (shown.value?.panes ?? []).length > 0
  const open = openAlerts(marks.value).length
  const balanced = picture.value?.snapshot.balanced ?? true
  const tabs: readonly { key: Tab; name: string; badge?: string }[] = [
    ...(hasStages ? [{ key: 'charts' as const, name: 'Charts' }] : []),
    ...(hasGates ? [{ key: 'gates' as const, name: 'Gates' }] : []),
    ...(hasQueues ? [{ key: 'queues' as const, name: 'Queues', ...(dead > 0 && { badge: grouped(dead) }) }] : []),
    ...(hasStages ? [{ key: 'ledger' as const, name: 'Ledger', badge: balanced ? '✓' : '✗' }] : []),
    { key: 'alerts', name: 'Alerts', ...(open > 0 && { badge: String(open) }) },
    { key: 'table', name: 'Table' },
    ...(hasTwin ? [{ key: 'twin' as const, name: 'Twin' }] : []),
  ]
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (step === 0) return
    event.preventDefault()
    const at = tabs.findIndex(({ key }) => key === tab.value)
    tab.value = tabs[(at + step + tabs.length) % tabs.length]!.key
    document.getElementById(`tab-${tab.value}`)?.focus()
  }
  return (
    <section class="dock" aria-label="Details">
      <div class="dock-head">
        <div class="tabs" role="tablist" aria-label="Details" onKeyDown={onKeyDown}>
          {tabs.map(({ key, name, badge }) => (
            <button
              key={key}
              id={`tab-${key}`}
              type="button"
              role="tab"
              aria-selected={tab.value === key}
              aria-controls="dock-panel"
              tabIndex={tab.value === key ? 0 : -1}
              onClick={() => (tab.value = key)}
            >
              {name}
              {badge !== undefined && <span class={`badge${badge === '✓' ? ' good' : ''}`}>{badge}</span>}
            </button>
          ))}
        </div>
        <Scrubber />
      </div>
      <div
        class={`dock-panel ${tab.value}`}
        id="dock-panel"
        role="tabpanel"
        aria-labelledby={`tab-${tab.value}`}
        tabIndex={0}
      >
        {tab.value === 'charts' && <Strips />}
        {tab.value === 'gates' && <Gates />}
        {tab.value === 'queues' && <Queues />}
        {tab.value === 'ledger' && <Ledger />}
        {tab.value === 'alerts' && <Alerts />}
        {tab.value === 'table' && <FlowTable />}
        {tab.value === 'twin' && <TwinPane />}
      </div>
    </section>
  )
}
