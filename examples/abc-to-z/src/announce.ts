import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens on a free port of this machine, tells it to the parent with `more`, answers its questions with `report`, and ends with it. */
export function announce(server: Server, report: () => object = () => ({}), more: object = {}): void {
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port, ...more }))
  process.on('message', () => process.send?.({ report: report() }))
  process.on('disconnect', () => process.exit())
}
