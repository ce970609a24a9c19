import { effect } from '@preact/signals'
import { flow, tab } from './state.ts'

/** Keeps to tabs that the chosen flow has: gates that belong to no flow have neither a graph nor records. */
export function startTabs(): void {
  effect(() => {
    if (flow.value === undefined) return
    const { stages, gates } = flow.value
    if (stages.length === 0 && (tab.value === 'charts' || tab.value === 'ledger')) tab.value = 'gates'
    else if (gates.length === 0 && tab.value === 'gates') tab.value = 'charts'
  })
}
