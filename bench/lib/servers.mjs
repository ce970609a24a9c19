// Servers to compare with, each private: found or installed as for the tests, on a free loopback port, in a temporary
// folder, ended with this process.
import { createJiti } from 'jiti'

const { requireServer } = await createJiti(import.meta.url).import('../../tools/services/require-server.ts')

/** What makes a server flush to disk before it confirms, where that is not its default. NATS 2.9 cannot. */
const synced = {
  redis: ['--appendfsync', 'always'],
  kafka: ['--override', 'log.flush.interval.messages=1'],
}

// Tests are content with a compiler that starts quickly.
process.env.FOREBAY_KAFKA_JAVA ??= '-Xmx1g'

/** A running server: `url`, `available`, `pid`, `folder`, `stop()`. It flushes before it confirms, unless `args` say otherwise. */
export function startServer(name, args = synced[name] ?? []) {
  return requireServer(name, args)
}
