import { UNBOUNDED } from '../kernel/receiver.ts'
import { labelValue, type Exposition, type Labels } from './exposition.ts'

/** Reasons that get a sample of their own at one stage, edge or gate; the rest is summed under `other`. */
const MAX_REASONS = 16

/** What has no bound has no sample: the number that stands for it would spoil every sum and every chart. */
export function addBounded(out: Exposition, name: string, help: string, labels: Labels, value: number): void {
  if (value < UNBOUNDED) out.add('gauge', name, help, labels, value)
}

/** Counts by reason, as so many samples as there may be. */
export function byReason(
  out: Exposition,
  name: string,
  help: string,
  labels: Labels,
  counts: Readonly<Record<string, number>>,
): void {
  const sums = new Map<string, number>()
  for (const [reason, count] of Object.entries(counts)) {
    const fits = sums.size < MAX_REASONS || sums.has(labelValue(reason))
    const label = fits ? labelValue(reason) : 'other'
    sums.set(label, (sums.get(label) ?? 0) + count)
  }
  for (const [reason, count] of sums) out.add('counter', name, help, { ...labels, reason }, count)
}

/** Label values by thing: its name, numbered from the second of a name on. */
export function unique<T extends { readonly name: string }>(things: readonly T[]): Map<T, string> {
  const labels = new Map<T, string>()
  const taken = new Set<string>()
  for (const thing of things) {
    const name = labelValue(thing.name)
    let label = name
    for (let count = 2; taken.has(label); count++) label = `${name} (${count})`
    taken.add(label)
    labels.set(thing, label)
  }
  return labels
}
