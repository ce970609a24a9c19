import type { Store } from 'forebay/queue'
import { afterAll, afterEach } from 'vitest'
import { faultProxy, type FaultProxy } from '../../../../tools/services/fault-proxy.ts'
import type { Server } from '../../../../tools/services/require-server.ts'
import { openStore, type StoreUrl } from '../../src/open-store.ts'
import { startChild, type Child } from '../kill-rounds/start-child.ts'
import type { ChildTask } from './queue-child.ts'

/** What the tests of faults of one server open; all of it is closed after each test, and the server after the last. */
export interface FaultWorld {
  readonly server: Server
  /** A name that no queue of this or an earlier run has. */
  readonly queueName: () => string
  readonly store: (url?: string) => Promise<Store>
  /** A process that puts or takes, until it is killed. */
  readonly child: (task: Omit<ChildTask, 'url'>) => Child
  /** A network to the server that can be broken. */
  readonly proxy: () => Promise<FaultProxy>
  /** Closes `one` after the test, before what was opened earlier. */
  readonly closes: (one: { close(): Promise<unknown> }) => void
}

export function faultWorld(server: Server): FaultWorld {
  const open: { close(): Promise<unknown> }[] = []
  const children: Child[] = []
  // A server that the environment names may have seen earlier runs.
  let names = Date.now()

  afterEach(async () => {
    for (const child of children.splice(0)) child.process.kill('SIGKILL')
    for (const one of open.splice(0).toReversed()) await one.close()
  })
  afterAll(() => server.stop())

  return {
    server,
    queueName: () => `faults-${process.pid}-${names++}`,
    store: async (url = server.url) => {
      const store = await openStore(url as StoreUrl)
      open.push(store)
      return store
    },
    child: (task) => {
      const whole: ChildTask = { url: server.url, ...task }
      const child = startChild([JSON.stringify(whole)], [], '../broker-faults/queue-child.ts')
      children.push(child)
      return child
    },
    proxy: async () => {
      const proxy = await faultProxy(server.url)
      open.push(proxy)
      return proxy
    },
    closes: (one) => void open.push(one),
  }
}
