const SEED = 0x9747b28c
const MIX = 0x5bd1e995

/** The partition of a key: that of Kafka's own producers, so that other programs which put keep to the same order. */
export function keyPartition(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions
}

/** MurmurHash 2, 32 bits, as in `org.apache.kafka.common.utils.Utils` (Austin Appleby, public domain). */
export function murmur2(data: Buffer): number {
  const rest = data.length & 3
  const whole = data.length - rest
  let hash = SEED ^ data.length
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(data.readInt32LE(at), MIX)
    word = Math.imul(word ^ (word >>> 24), MIX)
    hash = Math.imul(hash, MIX) ^ word
  }
  if (rest > 0) hash = Math.imul(hash ^ data.readUIntLE(whole, rest), MIX)
  hash = Math.imul(hash ^ (hash >>> 13), MIX)
  return hash ^ (hash >>> 15)
}
