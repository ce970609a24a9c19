import { TextSlab } from './text-slab.ts'

/** Turns bodies into bytes and back. A body whose bytes do not decode goes to the dead letters, never to a consumer. */
export interface Codec<T> {
  encode(body: T): Uint8Array
  decode(bytes: Uint8Array): T
}

const decoder = new TextDecoder('utf-8', { fatal: true })
const nothing = new Uint8Array(0)

/** JSON in UTF-8, with JSON's own losses (`Date`, `Map`, `NaN`); `undefined` is kept, as no bytes. The default. */
export function jsonCodec<T>(): Codec<T> {
  const slab = new TextSlab()
  return {
    encode: (body) => (body === undefined ? nothing : slab.encode(JSON.stringify(body))),
    decode: (bytes) => (bytes.length === 0 ? undefined : JSON.parse(decoder.decode(bytes))) as T,
  }
}

/** Bytes as they are. They are not copied: do not change them after `put`, nor what a delivery holds. */
export const bytesCodec: Codec<Uint8Array> = { encode: (body) => body, decode: (bytes) => bytes }
