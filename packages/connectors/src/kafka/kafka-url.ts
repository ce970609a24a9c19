import { shownUrl } from '../shown-url.ts'

/** What a URL says of a Kafka store. */
export interface KafkaUrl {
  readonly brokers: readonly string[]
  /** The URL as it is shown. */
  readonly shown: string
  readonly partitions?: number
  readonly replicas?: number
  readonly prefix?: string
}

/** Reads `kafka://host:port,host:port/?partitions=8&replicas=3&prefix=forebay`. Throws `RangeError` for anything else. */
export function parseKafkaUrl(url: string): KafkaUrl {
  const parts = /^kafka:\/\/([^/?#@]+)\/?(?:\?([^#@]*))?$/.exec(url)
  const given = parts?.[1]?.split(',') ?? []
  if (parts === null || given.some((broker) => !/^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i.test(broker)))
    throw new RangeError(`url: expected 'kafka://host:port[,host:port]/[?partitions=…]', got '${withoutUser(url)}'`)
  const brokers = given.map((broker) => (/:\d+$/.test(broker) ? broker : `${broker}:9092`))
  const result: { -readonly [K in keyof KafkaUrl]: KafkaUrl[K] } = { brokers, shown: url }
  for (const [name, value] of new URLSearchParams(parts[2])) {
    if (name === 'partitions' || name === 'replicas') result[name] = Number(value)
    else if (name === 'prefix') result.prefix = value
    else throw new RangeError(`url: expected partitions, replicas or prefix behind the '?', got '${name}'`)
  }
  return result
}

/** No name belongs into it, so whatever stands before the last `@` may be a password that was not encoded. */
function withoutUser(url: string): string {
  return shownUrl(url.includes('@') ? `kafka://${url.slice(url.lastIndexOf('@') + 1)}` : url)
}
