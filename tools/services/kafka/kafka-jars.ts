import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { requireService } from '../require-service.ts'
import type { Service } from '../require-service.ts'
import { recordSkip } from '../skips.ts'

const execute = promisify(execFile)
const pom = join(import.meta.dirname, 'pom.xml')
const cache = join(import.meta.dirname, '../../../node_modules/.cache/forebay')

/**
 * The folder with the jars of a Kafka broker: `FOREBAY_KAFKA` (a distribution of Apache Kafka, or its `libs`), else
 * those that pom.xml names, fetched once by Maven into a cache outside of git; else a skip is noted.
 */
export async function requireKafka(): Promise<Service> {
  const java = await requireService('java')
  if (!java.available) return missing
  const named = process.env['FOREBAY_KAFKA']
  if (named !== undefined && named !== '') return found(existsSync(join(named, 'libs')) ? join(named, 'libs') : named)
  const version = /<artifactId>kafka_[^<]+<\/artifactId>\s*<version>([^<]+)/.exec(readFileSync(pom, 'utf8'))?.[1]
  const jars = join(cache, `kafka-${version}`)
  if (existsSync(jars)) return found(jars)
  const maven = await requireService('maven')
  if (!maven.available) return missing
  try {
    await fetchJars(maven.path, jars)
    return found(jars)
  } catch (error) {
    const reason = `Maven could not fetch it: ${(error as Error).message.trim().split('\n').at(-1)}`
    recordSkip({ what: 'kafka', reason, command: `mvn ${goals(jars).join(' ')}` })
    return missing
  }
}

const missing: Service = { name: 'kafka', available: false, path: '' }

function found(path: string): Service {
  return { name: 'kafka', available: true, path }
}

function goals(jars: string): string[] {
  return ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`]
}

/** Into a folder of our own, which then takes its name at once: no other test sees half of it. */
async function fetchJars(maven: string, jars: string): Promise<void> {
  mkdirSync(cache, { recursive: true })
  const half = `${jars}.${process.pid}`
  await execute(maven, goals(half), { timeout: 600_000, maxBuffer: 64 * 1024 * 1024 })
  try {
    renameSync(half, jars)
  } catch (error) {
    rmSync(half, { recursive: true, force: true })
    if (!existsSync(jars)) throw error // another process was faster otherwise
  }
}
