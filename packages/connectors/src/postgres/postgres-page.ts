import type { MessageState, StoredMessage } from 'forebay/queue'
import type { PostgresConnection } from './postgres-connection.ts'
import { MESSAGE_COLUMNS, storedMessage, type MessageRow } from './postgres-message.ts'

export const STATES = { ready: 0, delayed: 1, leased: 2, dead: 3 } as const
const ORDERS = { ready: 'level, seq', delayed: 'due, seq', leased: 'seq', dead: 'seq' } as const

/** Up to `max` messages of a state, where they lie, behind the number `after`. */
export async function readPage(
  connection: PostgresConnection,
  queue: number,
  { state, max, after = 0 }: { state: MessageState; max: number; after?: number },
): Promise<StoredMessage[]> {
  const where = `queue = $1 and state = ${STATES[state]} and seq > $3`
  const text = `select ${MESSAGE_COLUMNS} from @.message where ${where} order by ${ORDERS[state]} limit $2`
  const rows = await connection.query<MessageRow>(text, [queue, max, after])
  return rows.map((row) => storedMessage(row))
}
