import { shownUrl } from '../shown-url.ts'

/** What a URL says of a Kafka store. */
export interface KafkaUrl {
  readonly brokers: readonly string[]
  /** The URL as it is shown. */
  readonly shown: string
  readonly access: KafkaAccess
  readonly partitions?: number
  readonly replicas?: number
  readonly prefix?: string
}

/** How brokers let somebody in. */
export interface KafkaAccess {
  readonly isTls: boolean
  readonly sasl?: { readonly mechanism: SaslMechanism; readonly username: string; readonly password: string }
  /** Paths of PEM files: the authorities, in place of those that Node knows, and what the client itself shows. */
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

export type SaslMechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** What `?sasl=` can name. */
export const MECHANISMS: readonly SaslMechanism[] = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']
const EXPECTED =
  "url: expected 'kafka[s]://[user:password@]host:port[,host:port]/[?partitions=…&replicas=…&prefix=…&sasl=…&ca=…&cert=…&key=…]'"

/**
 * Reads `kafkas://user:password@host:port,host:port/?partitions=8&replicas=3&prefix=forebay&sasl=plain&ca=ca.pem`; without
 * the `s` there is no TLS. Throws `RangeError` for anything else, and shows nothing of it: what stands there may be a
 * password, wherever it stands.
 */
export function parseKafkaUrl(url: string): KafkaUrl {
  const parts = /^kafka(s?):\/\/(?:([^/?#@]*)@)?([^/?#@]+)\/?(?:\?([^#@]*))?$/.exec(url)
  const [, tls, person, hosts = '', query] = parts ?? []
  const given = hosts.split(',')
  if (parts === null || given.some((broker) => !/^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i.test(broker)))
    throw refusal(url)
  const brokers = given.map((broker) => (/:\d+$/.test(broker) ? broker : `${broker}:9092`))
  const result: Writable<Omit<KafkaUrl, 'access'>> = { brokers, shown: shownUrl(url) }
  const access: Writable<KafkaAccess> = { isTls: tls === 's' }
  let mechanism: SaslMechanism | undefined
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === 'partitions' || name === 'replicas') result[name] = Number(value)
    else if (name === 'prefix') result.prefix = value
    else if (name === 'ca' || name === 'cert' || name === 'key') access[name] = value
    else if (name === 'sasl') mechanism = mechanismOf(value)
    else throw refusal(url)
  }
  const { isTls, ca, cert, key } = access
  if (!isTls && (ca ?? cert ?? key) !== undefined)
    throw new RangeError('url: expected ca, cert and key with kafkas://, which is TLS, got them with kafka://')
  if ((cert === undefined) !== (key === undefined))
    throw new RangeError('url: expected cert and key together, got one of them')
  if (person === undefined && mechanism !== undefined)
    throw new RangeError('url: expected user:password@ in front of the host with sasl=…, got none')
  if (person !== undefined) access.sasl = { mechanism: mechanism ?? 'SCRAM-SHA-512', ...credentials(person) }
  return { ...result, access }
}

function mechanismOf(name: string): SaslMechanism {
  const found = MECHANISMS.find((mechanism) => mechanism === name.toUpperCase())
  if (found === undefined) throw new RangeError('url: expected sasl=plain, scram-sha-256 or scram-sha-512, got another')
  return found
}

function credentials(person: string): { username: string; password: string } {
  const colon = person.indexOf(':')
  if (colon < 1 || colon === person.length - 1)
    throw new RangeError('url: expected user:password@ in front of the host, got one without the other')
  try {
    return {
      username: decodeURIComponent(person.slice(0, colon)),
      password: decodeURIComponent(person.slice(colon + 1)),
    }
  } catch {
    throw new RangeError('url: expected every % of the user and the password to be written as %25')
  }
}

function refusal(url: string): RangeError {
  const [what = 'something else'] = /^kafkas?:\/\//.exec(url) ?? []
  const shown = what === 'something else' ? what : `'${what}…'`
  return new RangeError(
    `${EXPECTED}, with every @ : / ? # % of a user or a password encoded (%40 %3A %2F %3F %23 %25), got ${shown}`,
  )
}
