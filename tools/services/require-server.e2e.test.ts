import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { requireKafka } from './kafka/kafka-jars.ts'
import { requireServer } from './require-server.ts'
import type { Server } from './require-server.ts'
import { requireService } from './require-service.ts'
import type { ServerName } from './server-recipes.ts'

const execute = promisify(execFile)

interface Sample {
  readonly name: ServerName
  readonly url: RegExp
  /** Stores something durable. */
  readonly write: (server: Server) => Promise<unknown>
  /** What shows that it is there. */
  readonly read: (server: Server) => Promise<string>
  readonly shows: string
}

const samples: Sample[] = [
  {
    name: 'redis',
    url: /^redis:\/\/127\.0\.0\.1:\d+$/,
    write: (server) => ask(server.url, 'SET kept yes\r\n'),
    read: (server) => ask(server.url, 'GET kept\r\n'),
    shows: 'yes',
  },
  {
    name: 'rabbitmq',
    url: /^amqp:\/\/guest:guest@127\.0\.0\.1:\d+$/,
    write: (server) => server.tool('rabbitmqctl', ['add_vhost', 'kept']),
    read: (server) => server.tool('rabbitmqctl', ['list_vhosts', '--silent']),
    shows: 'kept',
  },
  {
    name: 'nats',
    url: /^nats:\/\/127\.0\.0\.1:\d+$/,
    write: (server) => askJetStream(server.url, 'STREAM.CREATE.kept', '{"name":"kept","subjects":["kept"]}'),
    read: (server) => askJetStream(server.url, 'STREAM.NAMES', ''),
    shows: '"kept"',
  },
  {
    name: 'postgres',
    url: /^postgres:\/\/postgres@127\.0\.0\.1:\d+\/postgres$/,
    write: (server) => server.tool('psql', [server.url, '-c', 'create table kept (a int)']),
    read: (server) => server.tool('psql', [server.url, '-c', '\\d']),
    shows: 'kept',
  },
  {
    name: 'kafka',
    url: /^kafka:\/\/127\.0\.0\.1:\d+$/,
    write: (server) => configureKafka(server, ['--alter', '--add-config', 'producer_byte_rate=1024']),
    read: (server) => configureKafka(server, ['--describe']),
    shows: 'producer_byte_rate=1024',
  },
]

for (const { name, url, write, read, shows } of samples) {
  const server = await requireServer(name)
  afterAll(() => server.stop())

  describe.skipIf(!server.isOurs)(`a required server: ${name}`, () => {
    test('listens on a loopback port of its own and answers', async () => {
      expect(server.url).toMatch(url)
      await write(server)
      expect(await read(server)).toContain(shows)
    })

    test('is gone when killed, and comes back on the same port with its data', async () => {
      const { pid } = server
      await server.kill()
      await expect(ask(server.url, '')).rejects.toThrow('ECONNREFUSED')
      expect(isAlive(pid)).toBe(false)

      await server.restart()
      expect(await read(server)).toContain(shows)
    })

    test('ends, with its folder and all its processes, when the process that started it is killed', async () => {
      const jiti = join(dirname(createRequire(import.meta.url).resolve('jiti/package.json')), 'lib', 'jiti-cli.mjs')
      const owner = spawn(process.execPath, [jiti, join(import.meta.dirname, 'server-owner.ts'), name])
      const [line] = (await once(owner.stdout, 'data')) as [Buffer]
      const owned = JSON.parse(line.toString()) as { url: string; pid: number; folder: string }
      const group = (await processes()).find(({ pid }) => pid === owned.pid)?.group
      expect(group).toBeGreaterThan(0)

      owner.kill('SIGKILL')

      await vi.waitUntil(() => !isAlive(owned.pid) && !existsSync(owned.folder), { timeout: 20_000 })
      await vi.waitUntil(async () => (await processes()).every((one) => one.group !== group), { timeout: 5000 })
      await expect(ask(owned.url, '')).rejects.toThrow('ECONNREFUSED')
    })
  })
}

describe('a server that the environment names', () => {
  afterEach(() => vi.unstubAllEnvs())

  test('is used as it is, and not ours to kill', async () => {
    vi.stubEnv('FOREBAY_REDIS_URL', 'redis://db.example:6379')

    const server = await requireServer('redis')

    expect(server).toMatchObject({ available: true, isOurs: false, url: 'redis://db.example:6379', pid: 0 })
    await expect(server.restart()).rejects.toThrow('not started here')
    await expect(server.tool('redis-cli', [])).rejects.toThrow('not started here')
    await server.kill()
    await server.stop()
  })
})

/** What the server at `url` says to `question`, until it has been quiet for a moment. */
function ask(url: string, question: string): Promise<string> {
  const { hostname, port } = new URL(url.replace(/^\w+:/, 'http:'))
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(question))
    let text = ''
    socket.setTimeout(300, () => {
      socket.destroy()
      resolve(text)
    })
    socket.on('data', (bytes) => (text += bytes.toString()))
    socket.once('error', reject)
  })
}

function askJetStream(url: string, subject: string, body: string): Promise<string> {
  return ask(url, `CONNECT {}\r\nSUB answer 1\r\nPUB $JS.API.${subject} answer ${body.length}\r\n${body}\r\n`)
}

/** Kafka's own tool; its jars are in the folder that the server was started from. */
async function configureKafka(server: Server, args: readonly string[]): Promise<string> {
  const [{ path: java }, { path: jars }] = await Promise.all([requireService('java'), requireKafka()])
  const { host } = new URL(server.url.replace('kafka:', 'http:'))
  const tool = ['-Xmx64m', '-cp', join(jars, '*'), 'kafka.admin.ConfigCommand', '--bootstrap-server', host]
  const { stdout } = await execute(java, [...tool, '--entity-type', 'clients', '--entity-name', 'kept', ...args])
  return stdout
}

async function processes(): Promise<{ pid: number; group: number }[]> {
  const { stdout } = await execute('ps', ['-eo', 'pid=,pgid='])
  return stdout.split('\n').map((line) => {
    const [pid, group] = line.trim().split(/\s+/).map(Number)
    return { pid: pid ?? 0, group: group ?? 0 }
  })
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
