import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { openStore, type StoreUrl } from '@forebay/connectors'
import { afterAll, describe, expect, it } from 'vitest'
import { PASSWORD, requireSecuredKafka, securedPorts, USER } from '../../../tools/services/kafka/secured-kafka.ts'

const kafka = await requireSecuredKafka()
const { sasl, saslTls, mutual } = securedPorts(kafka)
const bin = fileURLToPath(new URL('../bin/forebay.js', import.meta.url))
const flow = fileURLToPath(new URL('./flows/shared.mjs', import.meta.url))
const data = mkdtempSync(join(tmpdir(), 'forebay-access-'))
const encoded = encodeURIComponent(PASSWORD)
const pem = (name: string): string => join(kafka.folder, `${name}.pem`)
const ca = `ca=${pem('ca')}`
const me = `${USER}:${encoded}@127.0.0.1`
const secured = `kafkas://${me}:${saslTls}/?${ca}`

afterAll(async () => {
  rmSync(data, { recursive: true, force: true })
  await kafka.stop()
})

/** Opens the store, which fails. */
async function failureOf(url: string): Promise<Error> {
  try {
    await (await openStore(url as StoreUrl)).close()
  } catch (error) {
    return error as Error
  }
  throw new Error(`could be opened: ${url}`)
}

function forebay(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const options = { cwd: data, env: { ...process.env, FIRST: '0' }, timeout: 90_000 }
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr })
    })
  })
}

describe.skipIf(!kafka.available)('a Kafka that does not let everybody in', () => {
  it.each([
    ['SCRAM-SHA-512', `kafka://${me}:${sasl}`],
    ['SCRAM-SHA-256', `kafka://${me}:${sasl}/?sasl=scram-sha-256`],
    ['PLAIN', `kafka://${me}:${sasl}/?sasl=plain`],
    ['TLS and SCRAM', secured],
    ['TLS and PLAIN', `${secured}&sasl=plain`],
    ['TLS and a certificate', `kafkas://127.0.0.1:${mutual}/?${ca}&cert=${pem('client')}&key=${pem('client-key')}`],
  ])('is used by who has what it wants: %s', { timeout: 30_000 }, async (way, url) => {
    const name = `access-${way.replaceAll(/\W/g, '')}`
    await using store = await openStore(url as StoreUrl)
    expect(store.url).toMatch(/^kafkas?:\/\/127\.0\.0\.1:/)
    const queue = await store.queue<number>(name)
    await queue.sender().put([1, 2, 3].map((body) => ({ body, key: 'one' })))
    expect(await queue.measure()).toMatchObject({ ready: 3 })
    const receiver = queue.receiver()
    for (const body of [1, 2, 3]) {
      const delivery = await receiver.next()
      expect(delivery?.body).toBe(body)
      await delivery?.ack()
    }
    expect(await queue.measure()).toMatchObject({ ready: 0, leased: 0 })
    expect(await store.list()).toContain(name)
    expect(inspect([store, store.url], { depth: 1 })).not.toContain(PASSWORD)
  })

  it.each([
    `kafka://${USER}:wr0ng@127.0.0.1:${sasl}`,
    `kafka://${USER}:wr0ng@127.0.0.1:${sasl}/?sasl=plain`,
    `kafka://nobody:wr0ng@127.0.0.1:${sasl}`,
    `kafkas://${USER}:wr0ng@127.0.0.1:${saslTls}/?${ca}`,
    `kafkas://${USER}:wr0ng@127.0.0.1:${saslTls}/?${ca}&sasl=plain`,
  ])('refuses a wrong password, the same each time, and nobody shows it: %s', async (url) => {
    const errors = [await failureOf(url), await failureOf(url)]
    const way = url.includes('plain') ? 'PLAIN' : 'SCRAM-SHA-512'
    for (const error of errors) {
      expect(error).toMatchObject({
        code: 'FOREBAY_UNAVAILABLE',
        message: `kafka: cannot connect: the broker refuses the user or the password (${way})`,
        retryable: false,
      })
      expect(inspect(error, { depth: 20 })).not.toContain('wr0ng')
    }
  })

  it.each([
    [
      `${secured}&sasl=scram-sha-256`,
      'the broker takes no SCRAM-SHA-256, but PLAIN, SCRAM-SHA-512: ?sasl=plain',
      false,
    ],
    [`kafka://${me}:${kafka.url.split(':').at(-1)}`, 'the broker wants no user and no password there', false],
    [`kafkas://${me}:${saslTls}`, 'certificate chain; name the authority with ?ca=file.pem', false],
    [`kafkas://${me}:${saslTls}/?ca=${pem('other-ca')}`, 'name the authority with ?ca=file.pem', false],
    [secured.replace('127.0.0.1', 'localhost'), "does not match certificate's altnames: Host: localhost", false],
    [`kafkas://${me}:${sasl}/?${ca}`, 'the broker closes the connection, as one does that speaks no TLS there', true],
    [`kafka://${me}:${saslTls}`, 'as one does that expects TLS (kafkas://), a user and a password', true],
    [`kafka://127.0.0.1:${sasl}`, 'as one does that expects TLS (kafkas://), a user and a password', true],
    [`kafkas://127.0.0.1:${saslTls}/?${ca}`, 'as one does that expects TLS (kafkas://), a user and a password', true],
    [`kafkas://127.0.0.1:${mutual}/?${ca}`, 'a user and a password, or a certificate', true],
  ])('says what it wants of %s', { timeout: 15_000 }, async (url, why, retryable) => {
    const error = await failureOf(url)
    expect(error.message).toContain(why)
    expect(error).toMatchObject({ code: 'FOREBAY_UNAVAILABLE', retryable })
    expect(inspect(error, { depth: 20 })).not.toMatch(/s3cr/)
  })

  it('runs a flow from the command line, and shows its queues there', { timeout: 120_000 }, async () => {
    const run = await forebay('run', flow, '--store', secured, '--json', '--no-console', '--quiet')
    expect(run.code, run.stderr).toBe(0)
    expect(JSON.parse(run.stdout)).toMatchObject({ balanced: true, ledger: { in: 300, out: 300 } })
    const ls = await forebay('queue', 'ls', '--store', secured)
    expect(ls.stdout).toMatch(/shared +0/)
    expect(run.stdout + run.stderr + ls.stdout + ls.stderr).not.toMatch(/s3cr/)
  })

  it('says in one line on the command line that it refuses the password', { timeout: 60_000 }, async () => {
    const wrong = secured.replace(encoded, 'wr0ng')
    for (const args of [
      ['run', flow, '--store', wrong, '--no-console', '--quiet'],
      ['queue', 'ls', '--store', wrong],
    ]) {
      const { code, stdout, stderr } = await forebay(...args)
      expect(code).toBe(1)
      expect(stderr).toContain('the broker refuses the user or the password (SCRAM-SHA-512)')
      expect(stderr.trimEnd().split('\n')).toHaveLength(1)
      expect(stdout + stderr).not.toContain('wr0ng')
    }
    const unreadable = await forebay('queue', 'ls', '--store', `kafkas://${me}:${saslTls}/?ca=nothing.pem`)
    expect(unreadable.code).toBe(2)
    expect(unreadable.stderr).toContain(
      "--store: expected ca to be a file that can be read, got 'nothing.pem' (ENOENT)",
    )
    expect(unreadable.stderr).not.toMatch(/s3cr/)
  })
})
