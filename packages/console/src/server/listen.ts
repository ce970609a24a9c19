import type { Server } from 'node:http'

const neighbours = 20

/** Listens on `port`, or the next free one above it, or, with 20 of them taken, any. Resolves to the port that it got. */
export async function listen(server: Server, port: number, host: string): Promise<number> {
  for (let next = port; port !== 0 && next <= Math.min(port + neighbours, 65_535); next++) {
    if (await tryListen(server, next, host)) return next
  }
  await tryListen(server, 0, host)
  return portOf(server)
}

/** False when the port is taken. */
function tryListen(server: Server, port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      server.off('listening', onListening)
      if (error.code === 'EADDRINUSE' && port !== 0) resolve(false)
      else reject(error)
    }
    const onListening = (): void => {
      server.off('error', onError)
      resolve(true)
    }
    server.once('error', onError)
    server.once('listening', onListening)
    server.listen({ port, host, exclusive: true })
  })
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
