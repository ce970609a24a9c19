export { mapWorker } from './map-worker.ts'
export type { MapWorkerOptions } from './map-worker.ts'
export type { WorkerCall } from './worker-call.ts'
