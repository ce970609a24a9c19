import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { faultProxy, type FaultProxy } from './fault-proxy.ts'

const echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket))
let proxy: FaultProxy

beforeAll(async () => {
  echo.listen(0, '127.0.0.1')
  await once(echo, 'listening')
  proxy = await faultProxy(`tcp://127.0.0.1:${(echo.address() as AddressInfo).port}`)
})
afterAll(async () => {
  await proxy.close()
  echo.close()
})

function client(): Socket {
  return connect(Number(new URL(proxy.url).port), '127.0.0.1').on('error', () => undefined)
}

async function says(socket: Socket, text: string): Promise<string> {
  socket.write(text)
  return String((await once(socket, 'data'))[0])
}

test('passes everything on, late when it is told to', async () => {
  const socket = client()
  expect(await says(socket, 'now')).toBe('now')
  proxy.delay(30)
  const begun = performance.now()
  expect(await says(socket, 'late')).toBe('late')
  expect(performance.now() - begun).toBeGreaterThan(50)
  proxy.restore()
  socket.destroy()
})

test('breaks connections and refuses new ones while it is cut', async () => {
  const socket = client()
  await says(socket, 'before')
  proxy.cut()
  await once(socket, 'close')
  const refused = client()
  await once(refused, 'close')
  proxy.restore()
  const again = client()
  expect(await says(again, 'after')).toBe('after')
  again.destroy()
})

test('says nothing while it is silent, and what was said meanwhile is lost with the connection', async () => {
  const socket = client()
  await says(socket, 'before')
  proxy.silence()
  const heard: string[] = []
  socket.on('data', (bytes) => heard.push(String(bytes)))
  socket.write('lost')
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(socket.destroyed).toBe(false)
  const closed = once(socket, 'close')
  proxy.restore()
  await closed
  expect(heard).toEqual([])
})
