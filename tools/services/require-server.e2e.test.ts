import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { requireServer } from './require-server.ts'

const redis = await requireServer('redis')
afterAll(() => redis.stop())

describe.skipIf(!redis.isOurs)('a required server', () => {
  test('listens on a loopback port of its own and answers', async () => {
    expect(redis.url).toMatch(/^redis:\/\/127\.0\.0\.1:\d+$/)
    expect(await ask(redis.url)).toBe('+PONG\r\n')
  })

  test('is gone when killed, and comes back on the same port', async () => {
    const { pid } = redis
    await redis.kill()
    await expect(ask(redis.url)).rejects.toThrow('ECONNREFUSED')
    expect(isAlive(pid)).toBe(false)

    await redis.restart()
    expect(await ask(redis.url)).toBe('+PONG\r\n')
  })

  test('ends, with its folder, when the process that started it is killed', async () => {
    const jiti = join(dirname(createRequire(import.meta.url).resolve('jiti/package.json')), 'lib', 'jiti-cli.mjs')
    const owner = spawn(process.execPath, [jiti, join(import.meta.dirname, 'server-owner.ts')])
    const [line] = (await once(owner.stdout, 'data')) as [Buffer]
    const { url, pid, folder } = JSON.parse(line.toString()) as { url: string; pid: number; folder: string }
    expect(await ask(url)).toBe('+PONG\r\n')

    owner.kill('SIGKILL')

    await vi.waitUntil(() => !isAlive(pid) && !existsSync(folder), { timeout: 10_000 })
    await expect(ask(url)).rejects.toThrow('ECONNREFUSED')
  })
})

describe('a server that the environment names', () => {
  afterEach(() => vi.unstubAllEnvs())

  test('is used as it is, and not ours to kill', async () => {
    vi.stubEnv('FOREBAY_REDIS_URL', 'redis://db.example:6379')

    const server = await requireServer('redis')

    expect(server).toMatchObject({ available: true, isOurs: false, url: 'redis://db.example:6379', pid: 0 })
    await expect(server.restart()).rejects.toThrow('not started here')
    await server.kill()
    await server.stop()
  })
})

function ask(url: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write('PING\r\n'))
    socket.once('data', (bytes) => {
      socket.destroy()
      resolve(bytes.toString())
    })
    socket.once('error', reject)
  })
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
