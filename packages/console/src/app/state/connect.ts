import { batch } from '@preact/signals'
import type { Mark } from 'forebay/observe'
import { decodeFlow } from '../../wire/frame.ts'
import type { Frame } from '../../wire/frame.ts'
import type { Topology } from '../../wire/topology.ts'
import type { Sample } from '../model/moments.ts'
import { commands, connection, marks, moments, newest, topology } from './state.ts'

const staleMs = 3000
const maxMarks = 200

/** Follows the server's event stream for as long as the page lives. The browser reconnects by itself. */
export function connect(): void {
  const events = new EventSource('/api/stream')
  let heardAt = 0
  let wasCut = true
  events.addEventListener('topology', (event) => {
    topology.value = JSON.parse(event.data) as Topology
  })
  events.addEventListener('frame', (event) => {
    const frame = JSON.parse(event.data) as Frame
    heardAt = performance.now()
    batch(() => {
      connection.value = 'live'
      take(frame)
    })
    if (wasCut) {
      wasCut = false
      void fillIn()
    }
  })
  events.addEventListener('mark', (event) => addMark(JSON.parse(event.data) as Mark))
  events.addEventListener('error', () => {
    wasCut = true
    connection.value = 'stale'
  })
  setInterval(() => {
    if (connection.value === 'live' && performance.now() - heardAt > staleMs) connection.value = 'stale'
  }, 1000)
  void loadCommands()
}

function take(frame: Frame): void {
  const sample = decode(frame, topology.value)
  if (sample === undefined) return
  moments.add(sample)
  newest.value = sample
}

function decode(frame: Frame, names: Topology | undefined): Sample | undefined {
  if (names === undefined || names.id !== frame.topology) return undefined
  const { wall, panes, heapMb, flows } = frame
  return {
    wall,
    snapshots: flows.map((row, i) => decodeFlow(names.flows[i]!, row, wall)),
    why: flows.flatMap((row) => (row.why === undefined ? [] : [row.why])),
    scales: new Map(flows.flatMap(({ scale }, i) => (scale === undefined ? [] : [[names.flows[i]!.run, scale]]))),
    ...(panes !== undefined && { panes }),
    ...(heapMb !== undefined && { heapMb }),
  }
}

function addMark(mark: Mark): void {
  const known = marks.value.filter(({ seq }) => seq !== mark.seq)
  marks.value = [...known, mark].toSorted((a, b) => a.seq - b.seq).slice(-maxMarks)
}

/** Loads what the server kept from before the page was opened, or while it was cut off. */
async function fillIn(): Promise<void> {
  const response = await fetch('/api/history').catch(() => undefined)
  if (response === undefined || !response.ok) return
  const samples: Sample[] = [] // bounded: the server keeps ten minutes
  let names: Topology | undefined
  for (const line of (await response.text()).split('\n')) {
    if (line === '') continue
    const row = JSON.parse(line) as { topology?: Topology; frame?: Frame }
    names = row.topology ?? names
    const sample = row.frame === undefined ? undefined : decode(row.frame, names)
    if (sample !== undefined) samples.push(sample)
  }
  moments.addHistory(samples)
  if (newest.value !== undefined) newest.value = { ...newest.value }
}

async function loadCommands(): Promise<void> {
  const response = await fetch('/api/commands').catch(() => undefined)
  if (response?.ok === true) commands.value = (await response.json()) as { name: string; title: string }[]
}
