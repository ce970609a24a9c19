import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { requireService } from '../require-service.ts'
import type { Place, ServerRecipe } from '../server-recipes.ts'
import { requireKafka } from './kafka-jars.ts'

const execute = promisify(execFile)

/** What a test wants of its broker beside the usual. */
export interface KafkaExtras {
  /** Ports beside that of the controller, which is the first one. */
  readonly ports: number
  /** Makes what its settings name. */
  readonly prepare: (place: Place) => Promise<void>
  /** Lines behind the usual settings, which count more than those. */
  readonly settings: (place: Place) => string
  /** For `kafka-storage format`. */
  readonly format: readonly string[]
}

const plain: KafkaExtras = { ports: 0, prepare: async () => {}, settings: () => '', format: [] }

/** One node of Kafka that is broker and controller in one (KRaft), every partition in one copy. */
export function kafkaRecipeWith(extras: KafkaExtras): ServerRecipe {
  return {
    program: requireKafka,
    urlVariable: 'FOREBAY_KAFKA_URL',
    url: (port) => `kafka://127.0.0.1:${port}`,
    morePorts: 1 + extras.ports,
    prepare: async (place) => {
      await extras.prepare(place)
      writeFileSync(properties(place), settings(place) + extras.settings(place))
      const format = ['kafka.tools.StorageTool', 'format', '-t', 'Zm9yZWJheWZvcmViYXlmbw', '-c', properties(place)]
      const { path } = await requireService('java')
      await execute(path, ['-Xmx64m', ...classes(place), ...format, ...extras.format], { cwd: place.folder })
    },
    start: (place) => ({
      command: ['java', ...javaOptions(), ...classes(place), 'kafka.Kafka', properties(place)],
    }),
    // ApiVersions, version 0: the answer is its length and the number of the question.
    greeting: { send: '\0\0\0\u000A\0\u0012\0\0fore\u00FF\u00FF', expect: /^\0\0..fore/s },
    readyWithinMs: 60_000,
  }
}

export const kafkaRecipe: ServerRecipe = kafkaRecipeWith(plain)

/** Small and quick to start; benchmarks name others. */
function javaOptions(): string[] {
  return (process.env['FOREBAY_KAFKA_JAVA'] ?? '-Xmx384m -XX:TieredStopAtLevel=1').split(' ')
}

function classes({ program }: Place): string[] {
  return ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', join(program, '*')]
}

function properties({ folder }: Place): string {
  return join(folder, 'server.properties')
}

function settings({ port, morePorts, folder }: Place): string {
  const controller = `127.0.0.1:${morePorts[0]}`
  return `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@${controller}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://${controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
log.dirs=${join(folder, 'data')}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
`
}
