/** What a process says to a store of slots: what it holds, and what it would like. Saying it twice changes nothing. */
export interface SlotAsk {
  /** Of the limit, the same in all processes. */
  readonly name: string
  readonly limit: number
  /** Who speaks; no other process has this name. */
  readonly owner: string
  /** Slots that it keeps; those it had beyond them are free again. */
  readonly held: number
  /** Slots that it would like besides. */
  readonly most: number
  /** It is forgotten, with its slots, when it has said nothing for so long. */
  readonly ttlMs: number
}

export interface SlotAnswer {
  /** From 0 to `most`. */
  readonly granted: number
}

/** Where the slots of limits are kept that several processes share. Decides by its own time; rejects when it cannot answer. */
export interface SlotStore {
  hold(ask: SlotAsk): Promise<SlotAnswer>
}
