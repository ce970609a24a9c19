import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A network between a client and a server that a test can break. */
export interface FaultProxy {
  /** The server's URL, through the proxy. */
  readonly url: string
  /** Connections that are open now. */
  readonly connections: number
  /** Breaks all connections and refuses new ones, until `restore`. */
  cut(): void
  /** Passes nothing on in either direction and says nothing about it, as a pulled cable does, until `restore`. */
  silence(): void
  /** Holds every piece back for `ms`. */
  delay(ms: number): void
  /** Passes everything on again. What was held back in silence is lost with its connections, which break now. */
  restore(): void
  close(): Promise<void>
}

/** A TCP proxy on a free loopback port in front of the server that `url` names. */
export async function faultProxy(url: string): Promise<FaultProxy> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let state: 'open' | 'cut' | 'silent' = 'open'
  let delayMs = 0
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy()
  }

  const server = createServer((client) => {
    if (state === 'cut') return void client.destroy()
    const upstream = connect(Number(target.port), target.hostname)
    pass(client, upstream)
    pass(upstream, client)
  })

  function pass(from: Socket, to: Socket): void {
    sockets.add(from)
    from.on('error', () => undefined) // what follows is `close`
    from.on('close', () => {
      sockets.delete(from)
      if (state !== 'silent') to.destroy()
    })
    from.on('data', (bytes) => {
      if (state === 'silent') return
      const send = (): void => {
        if (to.destroyed || state === 'silent') return
        if (!to.write(bytes)) {
          from.pause()
          to.once('drain', () => from.resume())
        }
      }
      if (delayMs === 0) send()
      else setTimeout(send, delayMs)
    })
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = `${(server.address() as AddressInfo).port}`
  return {
    url: through.href,
    get connections() {
      return Math.ceil(sockets.size / 2)
    },
    cut: () => {
      state = 'cut'
      breakAll()
    },
    silence: () => (state = 'silent'),
    delay: (ms) => (delayMs = ms),
    restore: () => {
      if (state === 'silent') breakAll()
      state = 'open'
      delayMs = 0
    },
    close: () => {
      state = 'cut'
      breakAll()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
