import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { ForebayError } from 'forebay'
import type { BaseOptions } from '@platformatic/kafka'
import { messageOf } from './kafka-errors.ts'
import { MECHANISMS, type KafkaUrl } from './kafka-url.ts'

/** What the driver is told of TLS and SASL. */
export type ClientAccess = Pick<BaseOptions, 'tls' | 'tlsServerName' | 'sasl'>

/**
 * Reads the files that a URL names. Throws `RangeError` for one that cannot be read or is not PEM.
 *
 * Whether the name of a broker is sent to it (SNI) is one setting of the driver for all brokers: it is when the URL names
 * all of them, and is not as soon as one is an address, which may not be sent. The host that is connected to is what the
 * certificate must be for in either case.
 */
export async function accessOf({ access, brokers }: KafkaUrl): Promise<ClientAccess> {
  const { isTls, sasl, ca, cert, key } = access
  const secret = sasl === undefined ? {} : { sasl: { ...sasl } }
  if (!isTls) return secret
  const tls = {
    ...(ca !== undefined && { ca: await pem('ca', ca) }),
    ...(cert !== undefined && { cert: await pem('cert', cert) }),
    ...(key !== undefined && { key: await pem('key', key) }),
  }
  const isNamed = brokers.every((broker) => isIP(broker.replace(/:\d+$/, '').replaceAll(/[[\]]/g, '')) === 0)
  return { ...secret, tls, ...(isNamed && { tlsServerName: true }) }
}

async function pem(name: string, path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new RangeError(`url: expected ${name} to be a file that can be read, got '${path}' (${error.code})`)
  })
  if (!text.includes('-----BEGIN ')) throw new RangeError(`url: expected ${name} to be a PEM file, got '${path}'`)
  return text
}

/**
 * The error of a client that cannot connect: what brokers refuse of it, as far as they tell. It is `retryable` unless they
 * refuse it for good.
 */
export function connectError(error: unknown, mechanism: string | undefined): ForebayError {
  const all = [...reasons(error)]
  const refusal = refusalOf(all, mechanism)
  const why = refusal ?? doubtOf(all) ?? messageOf(error).replace(/^kafka: /, '')
  return new ForebayError('FOREBAY_UNAVAILABLE', `kafka: cannot connect: ${why}`, {
    cause: error,
    retryable: refusal === undefined,
  })
}

interface Reason extends Error {
  readonly code?: string
  readonly response?: { readonly mechanisms?: readonly string[] }
}

/** Codes of Node and OpenSSL about certificates and handshakes. */
const TLS = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|ERR_SSL_|ERR_OSSL_)/

function refusalOf(all: readonly Reason[], mechanism = 'SASL'): string | undefined {
  const known = all.find(({ response }) => response?.mechanisms !== undefined)?.response?.mechanisms
  if (known !== undefined) return unknownMechanism(mechanism, known)
  if (all.some(({ code }) => code === 'PLT_KFK_AUTHENTICATION'))
    return `the broker refuses the user or the password (${mechanism})`
  const { code = '', message } = all.find((reason) => TLS.test(reason.code ?? '')) ?? {}
  if (code === '') return undefined
  if (/SELF_SIGNED|UNABLE_TO/.test(code)) return `TLS: ${message}; name the authority with ?ca=file.pem`
  return `TLS: ${message}`
}

/** `known` is what the broker takes there; nothing where it asks nobody for a password. */
function unknownMechanism(mechanism: string, known: readonly string[]): string {
  if (known.length === 0) return 'the broker wants no user and no password there'
  const ours = MECHANISMS.find((one) => known.includes(one))
  const advice = ours === undefined ? 'which no URL can name' : `?sasl=${ours.toLowerCase()}`
  return `the broker takes no ${mechanism}, but ${known.join(', ')}: ${advice}`
}

/** Brokers close the connection without a word when it is not what they expect, and when they go. */
function doubtOf(all: readonly Reason[]): string | undefined {
  if (all.some(({ message }) => message.startsWith('TLS handshake failed')))
    return 'the broker closes the connection, as one does that speaks no TLS there'
  if (all.some(({ message }) => message.startsWith('Connection closed')))
    return 'the broker closes the connection, as one does that expects TLS (kafkas://), a user and a password, or a certificate'
  return undefined
}

/** An error, its causes and what it is made of. */
function* reasons(error: unknown): Generator<Reason> {
  if (!(error instanceof Error)) return
  yield error
  yield* reasons(error.cause)
  if (error instanceof AggregateError) for (const inner of error.errors) yield* reasons(inner)
}
