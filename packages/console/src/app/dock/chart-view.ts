import { useComputed, useSignal, type Signal } from '@preact/signals'
import type { Mark } from 'forebay/observe'
import type { Sample } from '../model/moments.ts'
import { chartRange, flow, marks, moments } from '../state/state.ts'
import { theme, type Theme } from '../state/theme.ts'

/** What all charts over one time have in common; seconds. */
export interface ChartView {
  readonly from: number
  readonly to: number
  readonly marks: readonly Mark[]
  /** One cursor goes through all of them. */
  readonly cursor: Signal<number | undefined>
  readonly tone: Theme
}

/** What `read` makes of the samples of the chosen time, and how it is drawn; nothing before the first sample. */
export function useChartView<D>(
  read: (samples: readonly Sample[], run: string) => D,
): { readonly data: D; readonly view: ChartView } | undefined {
  const cursor = useSignal<number | undefined>(undefined)
  const seen = useComputed(() => {
    const run = flow.value?.run
    const range = chartRange.value
    if (run === undefined || range === undefined) return undefined
    const { from, to } = range
    const samples = moments.since(from - 2000).filter(({ wall }) => wall <= to)
    return { data: read(samples, run), from: from / 1000, to: to / 1000 }
  })
  const now = seen.value
  if (now === undefined) return undefined
  const { data, from, to } = now
  const inView = marks.value.filter(({ wall }) => wall / 1000 >= from && wall / 1000 <= to)
  return { data, view: { from, to, marks: inView, cursor, tone: theme.value } }
}
