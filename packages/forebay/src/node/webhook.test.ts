import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { webhook } from './webhook.ts'

const servers: Server[] = []

/** A receiver that answers with `statuses` in turn, the last one for ever; 0 never answers. */
async function receiver(
  ...statuses: number[]
): Promise<{ url: string; bodies: unknown[]; arrived: (n: number) => Promise<void> }> {
  const bodies: unknown[] = []
  let waiting: { n: number; resolve: () => void } | undefined
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (text += chunk))
    request.on('end', () => {
      const status = statuses.length > 1 ? (statuses.shift() as number) : (statuses[0] as number)
      bodies.push(JSON.parse(text))
      if (status !== 0) response.writeHead(status, status === 302 ? { location: '/' } : {}).end('thanks')
      if (waiting !== undefined && bodies.length >= waiting.n) waiting.resolve()
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const arrived = (n: number): Promise<void> =>
    new Promise((resolve) => {
      waiting = { n, resolve }
      if (bodies.length >= n) resolve()
    })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=secret`,
    bodies,
    arrived,
  }
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

describe('a webhook', () => {
  test('sends bodies one by one and in order', async () => {
    const { url, bodies, arrived } = await receiver(200)
    const post = webhook(url)
    for (let id = 1; id <= 5; id++) post({ id })
    await arrived(5)
    await post.close()

    expect(bodies).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }, { id: 5 }])
    expect(post.stats).toEqual({ sent: 5, dropped: 0, waiting: 0 })
  })

  test('tries again while the receiver is away, and gives up what it refuses', async () => {
    const { url, bodies, arrived } = await receiver(503, 429, 200, 400, 200)
    const lines: string[] = []
    const post = webhook(url, { backoff: 1, log: (line) => lines.push(line) })
    for (let id = 1; id <= 3; id++) post({ id })
    await arrived(5)
    await post.close()

    expect(bodies).toEqual([{ id: 1 }, { id: 1 }, { id: 1 }, { id: 2 }, { id: 3 }])
    expect(post.stats).toMatchObject({ sent: 2, dropped: 1 })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('it answered 400')
    expect(lines[0]).not.toContain('secret')
  })

  test('does not wait for ever for an answer, and does not follow a redirect', async () => {
    const silent = await receiver(0)
    const elsewhere = await receiver(302)
    const lines: string[] = []
    const options = { retries: 0, log: (line: string) => lines.push(line) }
    const posts = [webhook(silent.url, { ...options, timeout: 50 }), webhook(elsewhere.url, options)]
    for (const post of posts) post({ id: 1 })
    await Promise.all(posts.map((post) => post.close()))

    const reasons = lines.map((line) => line.split(': ')[1])
    expect(new Set(reasons)).toEqual(new Set(['it could not be reached', 'it did not answer in time']))
    expect(elsewhere.bodies).toHaveLength(1)
  })

  test('closes after one answer that does not come, whatever waits', async () => {
    const { url, bodies } = await receiver(0, 0, 0, 0, 0)
    const post = webhook(url, { timeout: 100 })
    for (let id = 1; id <= 5; id++) post({ id })
    await post.close()

    expect(bodies).toHaveLength(1)
    expect(post.stats).toEqual({ sent: 0, dropped: 5, waiting: 0 })
  })

  test('drops the oldest of a full queue and counts it, and takes no more once closed', async () => {
    const { url, bodies, arrived } = await receiver(200)
    const post = webhook(url, { queue: 2 })
    for (let id = 1; id <= 5; id++) post({ id })
    await arrived(3)
    await post.close()
    post({ id: 6 })

    expect(bodies).toEqual([{ id: 1 }, { id: 4 }, { id: 5 }])
    expect(post.stats).toMatchObject({ sent: 3, dropped: 3 })
  })

  test('counts a body that is no JSON instead of throwing', () => {
    const post = webhook('http://127.0.0.1:9/')
    post({ big: 1n })

    expect(post.stats.dropped).toBe(1)
  })

  test('accepts nothing but http and https', () => {
    expect(() => webhook('file:///etc/passwd')).toThrow(
      /expected an http: or https: address, got 'file:\/\/\/etc\/passwd'/,
    )
    expect(() => webhook('hello')).toThrow(TypeError)
    expect(() => webhook('https://me:secret@example.com/')).toThrow(/headers\.authorization/)
  })
})
