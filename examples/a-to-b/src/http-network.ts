import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock, type Clock } from 'forebay'
import type { B } from './b.ts'
import type { Link, Network } from './network.ts'

/** Real sockets on this machine, in real time. */
export class HttpNetwork implements Network {
  readonly clock: Clock = systemClock

  async connect(b: B): Promise<Link> {
    const server = createServer((_, response) => {
      void b.answer().then(({ status, headers }) => response.writeHead(status, headers).end())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    return {
      url,
      transport: undefined,
      send: async () => {
        const response = await fetch(url)
        await response.arrayBuffer()
        return { status: response.status, headers: Object.fromEntries(response.headers) }
      },
      close: async () => {
        server.close().closeAllConnections()
        await once(server, 'close')
      },
    }
  }

  pass<T>(played: Promise<T>): Promise<T> {
    return played
  }
}
