import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { requireOwnServer, type Server } from '../require-server.ts'
import { requireService, type Service } from '../require-service.ts'
import type { Place } from '../server-recipes.ts'
import { requireKafka } from './kafka-jars.ts'
import { kafkaRecipeWith } from './kafka-recipe.ts'

/** The user of a broker that {@link requireSecuredKafka} starts; the password has what a URL must encode. */
export const USER = 'ada'
export const PASSWORD = 's3cr:t/@?#%'

/** Where that broker listens beside its first port, which anybody may use. */
export interface SecuredPorts {
  /** A password, PLAIN or SCRAM, and no TLS. */
  readonly sasl: number
  /** TLS and a password, PLAIN or SCRAM-SHA-512. */
  readonly saslTls: number
  /** TLS, and a certificate of the client. */
  readonly mutual: number
}

/**
 * A broker of our own with a user, and certificates that `openssl` makes for it in its folder: `ca.pem`, and `client.pem`
 * with `client-key.pem`; `other-ca.pem` is an authority that has signed none of them. Without `openssl` there is a skip,
 * as without Kafka.
 */
export function requireSecuredKafka(): Promise<Server> {
  const password = `password="${PASSWORD}"`
  const format = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name="${USER}",${password}]`,
  ])
  const recipe = kafkaRecipeWith({ ports: 3, prepare: makeCertificates, settings, format })
  return requireOwnServer('kafka', { ...recipe, program })
}

/** Two programs are needed; the second is not looked for where the first is missing. */
async function program(): Promise<Service> {
  const openssl = await requireService('openssl')
  return openssl.available ? requireKafka() : openssl
}

export function securedPorts({ morePorts }: Pick<Server, 'morePorts'>): SecuredPorts {
  const [, sasl = 0, saslTls = 0, mutual = 0] = morePorts
  return { sasl, saslTls, mutual }
}

function settings(place: Place): string {
  const { port, morePorts, folder } = place
  const { sasl, saslTls, mutual } = securedPorts(place)
  const known = [
    `PLAINTEXT://127.0.0.1:${port}`,
    `SASL://127.0.0.1:${sasl}`,
    `SASLTLS://127.0.0.1:${saslTls}`,
    `MUTUAL://127.0.0.1:${mutual}`,
  ].join(',')
  const login = (listener: string, mechanism: string, module: string, users = ''): string =>
    `listener.name.${listener}.${mechanism}.sasl.jaas.config=org.apache.kafka.common.security.${module} required${users};`
  const tls = (listener: string): string[] => [
    `listener.name.${listener}.ssl.keystore.type=PEM`,
    `listener.name.${listener}.ssl.keystore.location=${join(folder, 'broker-store.pem')}`,
  ]
  const person = ` user_${USER}="${PASSWORD}"`
  return [
    `listeners=${known},CONTROLLER://127.0.0.1:${morePorts[0]}`,
    `advertised.listeners=${known}`,
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT,SASLTLS:SASL_SSL,MUTUAL:SSL',
    'inter.broker.listener.name=PLAINTEXT',
    'listener.name.sasl.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    'listener.name.sasltls.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512',
    login('sasl', 'plain', 'plain.PlainLoginModule', person),
    login('sasltls', 'plain', 'plain.PlainLoginModule', person),
    login('sasl', 'scram-sha-256', 'scram.ScramLoginModule'),
    login('sasl', 'scram-sha-512', 'scram.ScramLoginModule'),
    login('sasltls', 'scram-sha-512', 'scram.ScramLoginModule'),
    ...tls('sasltls'),
    ...tls('mutual'),
    'listener.name.mutual.ssl.truststore.type=PEM',
    `listener.name.mutual.ssl.truststore.location=${join(folder, 'ca.pem')}`,
    'listener.name.mutual.ssl.client.auth=required',
    '',
  ].join('\n')
}

const execute = promisify(execFile)

/** Two authorities; the first signs for a broker at 127.0.0.1 and for a client. Good for a day. */
async function makeCertificates({ folder }: Place): Promise<void> {
  const { path } = await requireService('openssl')
  const openssl = (args: string): Promise<unknown> => execute(path, args.split(' '), { cwd: folder })
  const request = 'req -newkey rsa:2048 -nodes'
  for (const name of ['ca', 'other-ca'])
    await openssl(`${request} -x509 -days 1 -subj /CN=${name} -keyout ${name}-key.pem -out ${name}.pem`)
  writeFileSync(join(folder, 'names.txt'), 'subjectAltName=IP:127.0.0.1\n')
  for (const name of ['broker', 'client']) {
    await openssl(`${request} -subj /CN=${name} -keyout ${name}-key.pem -out ${name}.csr`)
    const signed = `-CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 1 -extfile names.txt -out ${name}.pem`
    await openssl(`x509 -req -in ${name}.csr ${signed}`)
  }
  const store = ['broker-key.pem', 'broker.pem', 'ca.pem'].map((file) => readFileSync(join(folder, file), 'utf8'))
  writeFileSync(join(folder, 'broker-store.pem'), store.join(''))
}
