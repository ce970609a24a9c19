import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { accessOf, connectError } from './kafka-access.ts'
import { parseKafkaUrl } from './kafka-url.ts'

const folder = mkdtempSync(join(tmpdir(), 'forebay-access-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

describe('what the driver is told of TLS and SASL', () => {
  it('is nothing for a URL that says nothing', async () => {
    expect(await accessOf(parseKafkaUrl('kafka://host'))).toEqual({})
  })

  it('is what stands in the files that the URL names', async () => {
    const [ca, cert, key] = ['ca', 'cert', 'key'].map((name) => file(`${name}.pem`, `-----BEGIN ${name}-----`))
    expect(await accessOf(parseKafkaUrl(`kafkas://host/?ca=${ca}&cert=${cert}&key=${key}`))).toEqual({
      tls: { ca: '-----BEGIN ca-----', cert: '-----BEGIN cert-----', key: '-----BEGIN key-----' },
      tlsServerName: true,
    })
  })

  it('is to send the name of the host, and no address in its place', async () => {
    for (const url of ['kafkas://a,127.0.0.1:1', 'kafkas://[::1]:2'])
      expect(await accessOf(parseKafkaUrl(url)), url).toEqual({ tls: {} })
    expect(await accessOf(parseKafkaUrl('kafkas://a:1,b'))).toMatchObject({ tlsServerName: true })
  })

  it('is refused where a file cannot be read or is no PEM', async () => {
    const text = file('text.pem', 'text')
    await expect(accessOf(parseKafkaUrl(`kafkas://host/?ca=${text}`))).rejects.toThrow(
      new RangeError(`url: expected ca to be a PEM file, got '${text}'`),
    )
    const gone = join(folder, 'gone.pem')
    await expect(accessOf(parseKafkaUrl(`kafkas://host/?ca=${gone}`))).rejects.toThrow(
      new RangeError(`url: expected ca to be a file that can be read, got '${gone}' (ENOENT)`),
    )
  })
})

describe('the error of a client that cannot connect', () => {
  it('says once what went wrong when nobody refuses anything, and may be tried again', () => {
    const error = connectError(new Error('kafka: no answer'), undefined)
    expect(error).toMatchObject({
      code: 'FOREBAY_UNAVAILABLE',
      message: 'kafka: cannot connect: no answer',
      retryable: true,
    })
  })

  it.each([
    [[], 'the broker wants no user and no password there'],
    [['GSSAPI', 'SCRAM-SHA-256'], 'the broker takes no PLAIN, but GSSAPI, SCRAM-SHA-256: ?sasl=scram-sha-256'],
    [['GSSAPI', 'OAUTHBEARER'], 'the broker takes no PLAIN, but GSSAPI, OAUTHBEARER: which no URL can name'],
  ])('says what to do where the broker takes %j', (mechanisms, why) => {
    const refused = Object.assign(new Error('no'), { response: { mechanisms } })
    expect(connectError(new Error('authentication', { cause: refused }), 'PLAIN')).toMatchObject({
      message: `kafka: cannot connect: ${why}`,
      retryable: false,
    })
  })

  it('finds a refusal behind others, and is not tried again', () => {
    const expired = Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' })
    const error = connectError(new AggregateError([new Error('first', { cause: expired }), new Error('last')]), 'PLAIN')
    expect(error).toMatchObject({
      message: 'kafka: cannot connect: TLS: certificate has expired',
      retryable: false,
    })
  })
})
