/** What a URL says of a Kafka store. */
export interface KafkaUrl {
  readonly brokers: readonly string[]
  /** The URL as it is shown. */
  readonly shown: string
  readonly partitions?: number
  readonly replicas?: number
  readonly prefix?: string
}

const EXPECTED = "url: expected 'kafka://host:port[,host:port]/[?partitions=…&replicas=…&prefix=…]'"

/**
 * Reads `kafka://host:port,host:port/?partitions=8&replicas=3&prefix=forebay`. Throws `RangeError` for anything else, and
 * shows nothing of it: what stands there may be a password, wherever it stands.
 */
export function parseKafkaUrl(url: string): KafkaUrl {
  const parts = /^kafka:\/\/([^/?#@]+)\/?(?:\?([^#@]*))?$/.exec(url)
  const given = parts?.[1]?.split(',') ?? []
  if (parts === null || given.some((broker) => !/^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i.test(broker)))
    throw refusal(url)
  const brokers = given.map((broker) => (/:\d+$/.test(broker) ? broker : `${broker}:9092`))
  const result: { -readonly [K in keyof KafkaUrl]: KafkaUrl[K] } = { brokers, shown: url }
  for (const [name, value] of new URLSearchParams(parts[2])) {
    if (name === 'partitions' || name === 'replicas') result[name] = Number(value)
    else if (name === 'prefix') result.prefix = value
    else throw refusal(url)
  }
  return result
}

function refusal(url: string): RangeError {
  const what = url.startsWith('kafka://') ? "'kafka://…'" : 'something else'
  return new RangeError(
    `${EXPECTED}, got ${what}; no user and no password belongs there: TLS and SASL go through the option 'client'`,
  )
}
