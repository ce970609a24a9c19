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
export { durableStore } from './durable-store.ts'
