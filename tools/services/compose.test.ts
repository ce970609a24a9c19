import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { mainQueue, QueueNames } from '../../packages/connectors/src/rabbitmq/queue-names.ts'
import { serverRecipes, type ServerName } from './server-recipes.ts'

// docker-compose.yml is for people, and no test starts it: what it says is held against what is tested.

interface ComposeService {
  readonly image: string
  readonly command?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly ports: readonly string[]
  readonly 'x-store': string
}

const root = join(import.meta.dirname, '../..')
const source = (path: string): string => readFileSync(join(root, path), 'utf8')
const { services } = parse(source('docker-compose.yml')) as { services: Record<ServerName, ComposeService> }
const names = Object.keys(services) as ServerName[]

/** Where each store says which servers it works with, and the port that its URL means when it names none. */
const stores: Readonly<Record<ServerName, { readonly file: string; readonly port: number }>> = {
  redis: { file: 'redis/queue/redis-store.ts', port: 6379 },
  rabbitmq: { file: 'rabbitmq/rabbit-store.ts', port: 5672 },
  nats: { file: 'nats/nats-store.ts', port: 4222 },
  postgres: { file: 'postgres/postgres-store.ts', port: 5432 },
  kafka: { file: 'kafka/kafka-store.ts', port: 9092 },
}

function numbers(version: string | undefined): number[] {
  return (version ?? '').split('.').map(Number)
}

/** Whether `version` is `least` or newer, as far as both are told. */
function isNewEnough(version: readonly number[], least: readonly number[]): boolean {
  const at = least.findIndex((number, index) => number !== (version[index] ?? -1))
  return at < 0 || (version[at] ?? -1) > (least[at] ?? 0)
}

const command = (name: ServerName): string[] => services[name].command?.split(' ') ?? []
const recipe = (name: ServerName): readonly string[] =>
  serverRecipes[name].start({ program: name, port: 1, morePorts: [2, 3], folder: '/data' }).command

describe('docker-compose.yml', () => {
  test('has each server that tests know', () => {
    expect(names.toSorted()).toEqual(Object.keys(serverRecipes).toSorted())
  })

  test.each(names)('runs a version of %s that its store works with', (name) => {
    const least = /(\d+(?:\.\d+)?) or newer/.exec(source(`packages/connectors/src/${stores[name].file}`))
    const tag = /:(\d+(?:\.\d+)*)(?:-\w+)?$/.exec(services[name].image)?.[1]
    expect(isNewEnough(numbers(tag), numbers(least?.[1])), `${services[name].image}, ${least?.[0]}`).toBe(true)
  })

  test.each(names)('lets this machine alone reach %s, where the URL of its store says', (name) => {
    const { ports, 'x-store': url } = services[name]
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([])
    expect(new URL(url).hostname).toBe('localhost')
    expect(ports).toContain(`127.0.0.1:${new URL(url).port || stores[name].port}:${stores[name].port}`)
    // The scheme and the user are those of the recipe; a password is this file's own.
    expect(new URL(url).protocol).toBe(new URL(serverRecipes[name].url(1)).protocol)
    expect(new URL(url).username).toBe(new URL(serverRecipes[name].url(1)).username)
  })

  test('lets PostgreSQL in with the password of its URL', () => {
    expect(services.postgres.environment).toEqual({ POSTGRES_PASSWORD: new URL(services.postgres['x-store']).password })
  })

  test('keeps what Redis has acknowledged, and throws nothing away to make room', () => {
    const flags = command('redis').join(' ')
    expect(recipe('redis').join(' ')).toContain('--appendonly yes')
    for (const flag of ['--appendonly yes', '--appendfsync always', '--maxmemory-policy noeviction'])
      expect(flags).toContain(flag)
  })

  test('turns JetStream on, in a folder', () => {
    expect(recipe('nats')).toEqual(expect.arrayContaining(['-js', '-sd']))
    expect(command('nats')).toEqual(['-js', '-sd', '/data'])
  })

  test('runs the Kafka that tests run, as its image is configured: one node in one copy', () => {
    const tested = /<artifactId>kafka_[^<]+<\/artifactId>\s*<version>([^<]+)/.exec(
      source('tools/services/kafka/pom.xml'),
    )?.[1]
    expect(services.kafka.image).toBe(`apache/kafka:${tested}`)
    expect(services.kafka.environment).toBeUndefined() // one variable, and the image takes none of its own settings
  })

  test('configures nothing of RabbitMQ: queues ask to be quorum queues themselves', () => {
    expect(services.rabbitmq).not.toHaveProperty('environment')
    const declared = mainQueue(new QueueNames('forebay', 'mails'), { maxItems: 1, maxBytes: 1 })
    expect(declared.arguments).toMatchObject({ 'x-queue-type': 'quorum' })
  })
})
