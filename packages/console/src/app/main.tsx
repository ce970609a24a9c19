import './styles/tokens.css'
import './styles/base.css'
import './styles/shell.css'
import './styles/dialogs.css'
import './styles/graph.css'
import './styles/pipes.css'
import './styles/valves.css'
import './styles/gates.css'
import './styles/queues.css'
import './styles/inspector.css'
import './styles/dock.css'
import './styles/charts.css'
import './styles/tables.css'
import './styles/narrow.css'
import 'uplot/dist/uPlot.min.css'
import { render } from 'preact'
import { App } from './app.tsx'
import { connect } from './state/connect.ts'
import { startKeyboard } from './state/keyboard.ts'
import { startQueues } from './state/queues.ts'
import { startTabs } from './state/tabs.ts'
import { startTheme } from './state/theme.ts'

if (location.search !== '') history.replaceState(undefined, '', '/')
startTheme()
startKeyboard()
startTabs()
render(<App />, document.getElementById('app')!)
connect()
startQueues()
