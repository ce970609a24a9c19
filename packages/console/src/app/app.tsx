import type { JSX } from 'preact'
import { Dock } from './dock/dock.tsx'
import { Graph } from './graph/graph.tsx'
import { Inspector } from './inspector/inspector.tsx'
import { FindDialog } from './shell/find-dialog.tsx'
import { HelpDialog } from './shell/help-dialog.tsx'
import { TopBar } from './shell/top-bar.tsx'
import { VerdictBand } from './shell/verdict-band.tsx'
import { dialog, isWithoutGraph, tab } from './state/state.ts'

/** The one screen: verdict, graph, inspector, and the dock with charts, accounts and tables. */
export function App(): JSX.Element {
  return (
    <div class={`app tab-${tab.value}${isWithoutGraph.value ? ' no-graph' : ''}`}>
      <TopBar />
      <main class="page">
        <h1 class="unseen">Forebay console</h1>
        <VerdictBand />
        {!isWithoutGraph.value && <Graph />}
        <Inspector />
        <Dock />
      </main>
      {dialog.value === 'help' && <HelpDialog />}
      {dialog.value === 'find' && <FindDialog />}
    </div>
  )
}
