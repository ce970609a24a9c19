import { graphLayout } from '../graph/request-layout.ts'
import { neighbour } from '../model/neighbour.ts'
import type { Direction } from '../model/neighbour.ts'
import { queueList } from './queues.ts'
import { culprits, dialog, flow, isWithoutGraph, selected, stepWindow, tab, togglePause } from './state.ts'

const arrows: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
}

/** Things that use keys themselves. */
const busyWithKeys = 'input, select, textarea, [role="tab"], [role="grid"], dialog'

export function startKeyboard(): void {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    if ((event.target as Element).closest(busyWithKeys) !== null) return
    if (act(event)) event.preventDefault()
  })
}

/** Whether the key meant something. */
function act(event: KeyboardEvent): boolean {
  const direction = arrows[event.key]
  if (direction !== undefined) return move(direction)
  const onButton = (event.target as Element).closest('button') !== null
  switch (event.key) {
    case '?':
      dialog.value = 'help'
      return true
    case '/':
      dialog.value = 'find'
      return true
    case 'b':
      return select([...culprits.value][0])
    case 'g':
      tab.value = 'charts'
      focusOn(selected.value ?? flow.value?.stages[0]?.id)
      return true
    case 't':
      tab.value = 'table'
      return true
    case 'q':
      if ((queueList.value?.queues.length ?? 0) === 0) return false
      tab.value = 'queues'
      return true
    case 'v':
      if (flow.value?.gates.length === 0) return false
      tab.value = 'gates'
      return true
    case '[':
    case ']':
      stepWindow(event.key === '[' ? -1 : 1)
      return true
    case ' ':
      if (onButton && !isOnSelected(event)) return false
      togglePause()
      return true
    case 'Enter':
      if (selected.value === undefined) return false
      document.getElementById('inspector')?.focus()
      return !onButton || isOnSelected(event)
    case 'Escape':
      return back()
    default:
      return false
  }
}

/** A selected thing of the graph has nothing left for its button to do: the key is free. */
function isOnSelected({ target }: Event): boolean {
  return selected.value !== undefined && (target as HTMLElement).dataset['id'] === selected.value
}

function move(direction: Direction): boolean {
  const names = flow.value
  const layout = graphLayout.value
  if (names === undefined || layout === undefined || isWithoutGraph.value) return false
  const from = selected.value
  if (from === undefined) return select(names.stages[0]?.id)
  const places = new Map([
    ...layout.nodes.map((node) => [node.id, node] as const),
    ...layout.edges.map((edge) => [edge.id, edge.label] as const),
  ])
  for (const stage of names.stages) {
    const valves = places.get(`valves:${stage.id}`)
    for (const gate of stage.gates) if (valves !== undefined) places.set(gate, valves)
    places.delete(`valves:${stage.id}`)
    places.delete(`inlet:${stage.id}`)
  }
  return select(neighbour(names, places, from, direction))
}

function select(id: string | undefined): boolean {
  if (id === undefined) return false
  selected.value = id
  if (isWithoutGraph.value && tab.value !== 'gates') tab.value = 'charts'
  focusOn(id)
  return true
}

function focusOn(id: string | undefined): void {
  if (id === undefined) return
  requestAnimationFrame(() => document.querySelector<HTMLElement>(`.page [data-id="${CSS.escape(id)}"]`)?.focus())
}

/** From the inspector to the graph, from there to nothing selected, from the table to the graph. */
function back(): boolean {
  const inspector = document.getElementById('inspector')
  if (inspector?.contains(document.activeElement) === true && selected.value !== undefined) focusOn(selected.value)
  else if (selected.value !== undefined) selected.value = undefined
  else if (tab.value === 'table' || tab.value === 'gates' || tab.value === 'queues') tab.value = 'charts'
  else return false
  return true
}
