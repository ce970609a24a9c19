import type { ChunkRef } from './chunk.ts'
import type { StoredMessage } from './stored-message.ts'

/** A chunk as a journal gives it back. */
export interface StoredChunk {
  readonly ref: ChunkRef
  readonly messages: readonly StoredMessage[]
  /** One bit a message, set when it has ended; absent when none has. The caller owns it. */
  readonly settled?: Uint8Array
  /** Attempts begun, by index. */
  readonly begun?: Map<number, number>
  /** Set when the chunk is damaged: `messages` is empty, this many are lost (0 when not even that can be read), and the journal has reported it. */
  readonly lost?: { readonly items: number; readonly bytes: number }
}

/** Totals that are written with every commit, so that opening a queue does not have to count. */
export interface JournalState {
  /** The next unused number for messages and chunks. */
  readonly nextSeq: number
  /** Messages up to this number may have been handed out when the process ended; 0 after an orderly close of one that handed some out. */
  readonly outSeq: number
  /** The latest queue time written; queue time never goes back. */
  readonly stamp: number
  readonly items: number
  readonly bytes: number
  readonly dead: number
  /** Messages in the lanes `later` and `held`. */
  readonly later: number
  /** How many suspects made their last attempt together when the process ended; absent when none did. */
  readonly trial?: number
}

/** What a queue begins with that was never opened before. */
export const freshState: JournalState = { nextSeq: 1, outSeq: 0, stamp: 0, items: 0, bytes: 0, dead: 0, later: 0 }

/** What happens in one commit: all of it or nothing. */
export interface Changes {
  /** New chunks; one with a known reference replaces that chunk. */
  readonly chunks: readonly { readonly ref: ChunkRef; readonly messages: readonly StoredMessage[] }[]
  /** Chunks some of whose messages have ended, or begun an attempt. */
  readonly marks: readonly {
    readonly ref: ChunkRef
    readonly settled: Uint8Array
    readonly begun: ReadonlyMap<number, number> | undefined
  }[]
  readonly removed: readonly ChunkRef[]
  /** Ids to remember, as one record with a number of its own. */
  readonly ids: { readonly record: number; readonly stamp: number; readonly ids: readonly string[] } | undefined
  /** Records of ids to forget. */
  readonly forgotten: readonly number[]
  /** Some of the messages are put; else all are stored already, and only move. */
  readonly admits: boolean
  readonly state: JournalState
}

/** What a journal found when it was opened. */
export interface Recovered {
  readonly state: JournalState | undefined
  /** Lanes that hold chunks. */
  readonly lanes: readonly number[]
  /** Remembered ids, oldest record first. */
  readonly ids: readonly { readonly record: number; readonly stamp: number; readonly ids: readonly string[] }[]
}

/**
 * Where the messages of one queue are kept: chunks in lanes, in order. The queue engine does everything else,
 * so a store that can do this is a whole queue. One commit is under way at a time.
 */
export interface Journal {
  readonly recovered: Recovered
  /** Makes `changes` as durable as the store promises. When it fails, none of them have happened. */
  commit(changes: Changes): void | Promise<void>
  /** The first chunk of a lane, or the first after `after`. */
  nextRef(lane: number, after: ChunkRef | undefined): ChunkRef | undefined
  read(ref: ChunkRef): StoredChunk | Promise<StoredChunk>
  /** `enqueuedAt` of a chunk's first message. */
  stampOf(ref: ChunkRef): number | undefined
  close(): void | Promise<void>
}
