import * as grpc from '@grpc/grpc-js'
import { limit, rate } from 'forebay/gates'
import type { Gate } from 'forebay/gates'
import { currentCall, grpcClientGate, grpcServerGate, obey } from 'forebay/http'
import { afterEach, describe, expect, it } from 'vitest'

const asText = {
  requestSerialize: (text: string) => Buffer.from(text),
  requestDeserialize: (bytes: Buffer) => bytes.toString(),
  responseSerialize: (text: string) => Buffer.from(text),
  responseDeserialize: (bytes: Buffer) => bytes.toString(),
}
const service = {
  get: { path: '/shop.Prices/Get', requestStream: false, responseStream: false, ...asText },
  watch: { path: '/shop.Prices/Watch', requestStream: false, responseStream: true, ...asText },
}

const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

type Get = (request: string, answer: (error: Partial<grpc.ServiceError> | null, text?: string) => void) => void

async function start(serverGate: Gate | undefined, get: Get): Promise<string> {
  const server = new grpc.Server(
    serverGate === undefined ? {} : { interceptors: [grpcServerGate(grpc, { gate: serverGate })] },
  )
  server.addService(service, {
    get: (call: grpc.ServerUnaryCall<string, string>, callback: grpc.sendUnaryData<string>) =>
      get(call.request, callback),
    watch: (call: grpc.ServerWritableStream<string, string>) => {
      call.write('first')
      if (call.request === 'end') call.end()
    },
  })
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  )
  open.push(() => server.forceShutdown())
  return `127.0.0.1:${port}`
}

interface Client {
  get(text: string, options?: grpc.CallOptions): { call: grpc.ClientUnaryCall; answer: Promise<string> }
  watch(text: string): grpc.ClientReadableStream<string>
}

function connect(address: string, interceptors: grpc.Interceptor[] = []): Client {
  const client = new grpc.Client(address, grpc.credentials.createInsecure(), { interceptors, 'grpc.enable_retries': 0 })
  open.push(() => client.close())
  const { get, watch } = service
  return {
    get: (text, options = {}) => {
      let call!: grpc.ClientUnaryCall
      const answer = new Promise<string>((resolve, reject) => {
        call = client.makeUnaryRequest(
          get.path,
          get.requestSerialize,
          get.responseDeserialize,
          text,
          options,
          (error, value) => (error === null ? resolve(value as string) : reject(error)),
        )
      })
      answer.catch(() => {})
      return { call, answer }
    },
    watch: (text) =>
      client.makeServerStreamRequest(watch.path, watch.requestSerialize, watch.responseDeserialize, text),
  }
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 10_000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`never: ${condition.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('a gRPC server behind a gate', () => {
  it('serves what it may, lets some wait, and sheds the rest with a pushback', async () => {
    const gate = limit(1, { line: { max: 1, hold: '10s', overflow: 'reject' } })
    const waiting: (() => void)[] = []
    const client = connect(await start(gate, (text, answer) => waiting.push(() => answer(null, text))))
    const [a, b] = [client.get('a'), client.get('b')]
    await until(() => waiting.length === 1 && gate.stats.waiting === 1)
    const shed = (await client.get('c').answer.catch((error: unknown) => error)) as grpc.ServiceError
    expect(shed.code).toBe(grpc.status.UNAVAILABLE)
    expect(Number(shed.metadata.get('grpc-retry-pushback-ms')[0])).toBeGreaterThanOrEqual(0)
    waiting[0]?.()
    expect(await a.answer).toBe('a')
    await until(() => waiting.length === 2)
    waiting[1]?.()
    expect(await b.answer).toBe('b')
    await until(() => gate.stats.inUse === 0)
  })

  it('answers RESOURCE_EXHAUSTED for a rate, and DEADLINE_EXCEEDED for what would come too late', async () => {
    const gate = rate({ limit: 1, per: '1h', burst: 1, line: 0 })
    const client = connect(await start(gate, (text, answer) => answer(null, text)))
    expect(await client.get('a').answer).toBe('a')
    await expect(client.get('b').answer).rejects.toMatchObject({ code: grpc.status.RESOURCE_EXHAUSTED })
    const full = limit(0, { line: { hold: '1h' } })
    const late = connect(await start(full, (text, answer) => answer(null, text)))
    await expect(late.get('c', { deadline: Date.now() + 60 }).answer).rejects.toMatchObject({
      code: grpc.status.DEADLINE_EXCEEDED,
    })
    await until(() => full.stats.waiting === 0)
  })

  it('gives back the permit of a stream when it ends or its client goes, and of a waiting client at once', async () => {
    const gate = limit(1, { line: { max: 5, hold: '10s' } })
    const client = connect(await start(gate, (text, answer) => answer(null, text)))
    const stream = client.watch('stay')
    stream.on('error', () => {})
    stream.on('data', () => {})
    await until(() => gate.stats.inUse === 1)
    const waiting = client.get('w')
    await until(() => gate.stats.waiting === 1)
    waiting.call.cancel()
    await until(() => gate.stats.waiting === 0)
    stream.cancel()
    await until(() => gate.stats.inUse === 0)
    const ended = client.watch('end')
    ended.on('data', () => {})
    await new Promise((resolve) => ended.on('end', resolve))
    await until(() => gate.stats.inUse === 0)
  })

  it('hands deadline and level on through its own clients', async () => {
    const seen: unknown[] = []
    const inner = await start(limit(5), (_text, answer) => {
      const call = currentCall()
      seen.push(call?.level, call === undefined ? undefined : call.deadline - call.clock.now())
      answer(null, 'inner')
    })
    const innerClient = connect(inner, [grpcClientGate(grpc, { gate: limit(5) })])
    const outer = await start(limit(5), (_text, answer) => {
      innerClient.get('x').answer.then((text) => answer(null, text), answer)
    })
    const outerClient = connect(outer, [grpcClientGate(grpc, { gate: limit(5), level: 2 })])
    expect(await outerClient.get('x', { deadline: Date.now() + 5000 }).answer).toBe('inner')
    expect(seen[0]).toBe(2)
    expect(seen[1]).toBeLessThanOrEqual(5000)
    expect(seen[1]).toBeGreaterThan(3000)
  })
})

describe('a gRPC client behind a gate', () => {
  it('sends no more than it may, and takes a call that is cancelled while it waits out of the line', async () => {
    const waiting: (() => void)[] = []
    const address = await start(undefined, (text, answer) => waiting.push(() => answer(null, text)))
    const gate = limit(1, { line: { max: 5, hold: '10s' } })
    const client = connect(address, [grpcClientGate(grpc, { gate })])
    const [a, b, c] = [client.get('a'), client.get('b'), client.get('c')]
    await until(() => waiting.length === 1 && gate.stats.waiting === 2)
    b.call.cancel()
    await expect(b.answer).rejects.toMatchObject({ code: grpc.status.CANCELLED })
    expect(gate.stats.waiting).toBe(1)
    waiting[0]?.()
    expect(await a.answer).toBe('a')
    await until(() => waiting.length === 2)
    waiting[1]?.()
    expect(await c.answer).toBe('c')
    expect(gate.stats.inUse).toBe(0)
  })

  it('does not send a call that is cancelled in the turn in which its permit comes', async () => {
    const seen: string[] = []
    const address = await start(undefined, (text, answer) => {
      seen.push(text)
      answer(null, text)
    })
    const gate = limit(1, { line: { max: 5, hold: '10s' } })
    const client = connect(address, [grpcClientGate(grpc, { gate })])
    const held = gate.tryAcquire()
    const { call, answer } = client.get('cancelled')
    await until(() => gate.stats.waiting === 1)
    held?.release()
    call.cancel()
    await expect(answer).rejects.toMatchObject({ code: grpc.status.CANCELLED })
    expect(gate.stats.inUse).toBe(0)
    expect(await client.get('next').answer).toBe('next')
    expect(seen).toEqual(['next'])
  })

  it('obeys a pushback for the service, and ends what it refuses without sending it', async () => {
    let count = 0
    const address = await start(undefined, (_text, answer) => {
      count++
      const metadata = new grpc.Metadata()
      metadata.set('grpc-retry-pushback-ms', '60000')
      answer({ code: grpc.status.UNAVAILABLE, details: 'busy', metadata })
    })
    const peer = obey({ line: 0 })
    const gate = limit(5)
    const client = connect(address, [grpcClientGate(grpc, { gate, obey: peer })])
    await expect(client.get('a').answer).rejects.toMatchObject({ details: 'busy' })
    expect(peer.closedMs('/shop.Prices')).toBeGreaterThan(50_000)
    await expect(client.get('b').answer).rejects.toMatchObject({ code: grpc.status.RESOURCE_EXHAUSTED })
    expect([count, gate.stats.inUse]).toEqual([1, 0])
  })
})
