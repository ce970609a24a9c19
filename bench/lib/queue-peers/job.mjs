// What all contenders move: bodies of 1,024 bytes that begin with their number.
const BYTES = 1024
const filling = Buffer.from('Please ring twice. '.repeat(60))

export function bodyOf(id) {
  const body = Buffer.allocUnsafe(BYTES)
  filling.copy(body)
  body.writeUInt32BE(id)
  return body
}

export const idOf = (body) => body.readUInt32BE?.(0) ?? new DataView(body.buffer, body.byteOffset).getUint32(0)

/** The same for queues whose jobs are JSON. */
export const payloadOf = (body) => ({ id: idOf(body), text: body.latin1Slice(4) })

/**
 * Takes `count` in all, a batch after the other, while the acks of one batch are under way: `take` gives how many it took
 * and a promise of their acks.
 */
export async function inPairs(count, take) {
  let acked
  for (let left = count; left > 0;) {
    const next = await take(left)
    left -= next.took
    await acked
    acked = next.acked
  }
  await acked
}
