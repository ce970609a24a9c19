export { bytesCodec, jsonCodec } from './codec.ts'
export type { Codec } from './codec.ts'
export type { Caps, Strength } from './caps.ts'
export type { Delivery, FailedAttempt } from './delivery.ts'
export type {
  MessageEnd,
  MessageState,
  PeekedMessage,
  PutItem,
  PutResult,
  Queue,
  QueueOptions,
  RedriveOptions,
} from './queue.ts'
export type { QueueStats } from './queue-stats.ts'
export type { Receiver, ReceiverOptions } from './receiver.ts'
export type { Grant, PauseReason, PutOptions, Sender, SenderCredit } from './sender.ts'
export type { Store, StoreReport } from './store.ts'
export { unsupported } from './caps.ts'
export { durableStore } from './durable-store.ts'
export { engineCaps, memoryStore } from './memory-store.ts'
export { JournalStore } from './journal-store.ts'
export type { JournalPlace } from './journal-store.ts'
export type { Changes, Journal, JournalState, Recovered, StoredChunk } from './journal.ts'
export type { ChunkRef } from './chunk.ts'
export { afterFailure, messageBytes } from './stored-message.ts'
export type { StoredMessage } from './stored-message.ts'
export { BrokerStore } from './broker/broker-store.ts'
export type {
  BrokerLink,
  BrokerPlace,
  Depth,
  Held,
  LinkEvents,
  Outgoing,
  PutStatus,
  Settlement,
} from './broker/broker-link.ts'
export type { Place } from './open-queues.ts'
export type { EncodedItem } from './put-items.ts'
export type { Settings } from './settings.ts'
