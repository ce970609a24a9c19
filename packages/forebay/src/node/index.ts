export type { DoorInspection } from './door/ndjson-door.ts'
export { NdjsonDoor, ndjsonDoor } from './door/ndjson-door.ts'
export type { NdjsonDoorOptions } from './door/door-options.ts'
export type { DoorRecord } from './door/door-request.ts'
