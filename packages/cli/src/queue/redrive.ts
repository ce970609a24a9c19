import type { PeekedMessage, Queue } from 'forebay/queue'

export interface RedriveChoice {
  readonly max: number | undefined
  /** Messages a second. */
  readonly rate: number | undefined
  readonly ids: readonly string[]
  /** Part of the last reason. */
  readonly reason: string | undefined
  readonly signal: AbortSignal
}

/** Puts dead letters back: all of them, or those that were named by their id or by part of their last reason. */
export function redrive(queue: Queue<Uint8Array>, choice: RedriveChoice): Promise<number> {
  const { max, rate, signal } = choice
  return queue.redrive({
    ...(max !== undefined && { max }),
    ...(rate !== undefined && { rate }),
    filter: (message) => isChosen(message, choice),
    signal,
  })
}

/** How many of the first thousand dead letters would go back. */
export async function wouldRedrive(queue: Queue<Uint8Array>, choice: RedriveChoice): Promise<number> {
  const chosen = (await queue.peek(1000, 'dead')).filter((message) => isChosen(message, choice))
  return Math.min(chosen.length, choice.max ?? Infinity)
}

function isChosen({ id, history }: PeekedMessage<Uint8Array>, { ids, reason }: RedriveChoice): boolean {
  if (ids.length > 0 && !ids.includes(id)) return false
  return reason === undefined || (history.at(-1)?.reason ?? '').includes(reason)
}
