/** How to find, prove and install one program that tests run against. */
export interface Recipe {
  /** Environment variable that names the binary; nothing else is looked at when it is set. */
  readonly variable: string
  /** Where it may be installed already: absolute paths, or names looked up on PATH; the first that answers is used. */
  readonly binaries: readonly string[]
  /** Arguments with which the binary prints something and exits 0 at once. */
  readonly probe: readonly string[]
  /** Debian packages that bring it. */
  readonly packages: readonly string[]
}

/** Programs that tests may ask for with `requireService(name)`. A new one is one more entry here. */
export const recipes = {
  chromium: {
    variable: 'FOREBAY_CHROMIUM',
    binaries: [
      'chromium',
      'chromium-browser',
      'google-chrome',
      'google-chrome-stable',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ],
    probe: ['--version'],
    packages: ['chromium'],
  },
  redis: {
    variable: 'FOREBAY_REDIS',
    binaries: ['redis-server', 'valkey-server'],
    probe: ['--version'],
    packages: ['redis-server'],
  },
  rabbitmq: {
    variable: 'FOREBAY_RABBITMQ',
    // The tool that answers; the server's script lies beside it.
    binaries: ['/usr/lib/rabbitmq/bin/rabbitmqctl', '/opt/homebrew/sbin/rabbitmqctl', '/usr/local/sbin/rabbitmqctl'],
    probe: ['version'],
    packages: ['rabbitmq-server'],
  },
  nats: {
    variable: 'FOREBAY_NATS',
    binaries: ['nats-server'],
    probe: ['--version'],
    packages: ['nats-server'],
  },
  postgres: {
    variable: 'FOREBAY_POSTGRES',
    binaries: [
      ...[18, 17, 16, 15, 14].map((major) => `/usr/lib/postgresql/${major}/bin/postgres`),
      'postgres',
      '/opt/homebrew/bin/postgres',
    ],
    probe: ['--version'],
    packages: ['postgresql'],
  },
  java: {
    variable: 'FOREBAY_JAVA',
    binaries: ['java'],
    probe: ['-version'],
    packages: ['openjdk-17-jre-headless'],
  },
  maven: {
    variable: 'FOREBAY_MAVEN',
    binaries: ['mvn'],
    probe: ['--version'],
    packages: ['maven'],
  },
  openssl: {
    variable: 'FOREBAY_OPENSSL',
    binaries: ['openssl', '/opt/homebrew/bin/openssl', '/usr/local/bin/openssl'],
    probe: ['version'],
    packages: ['openssl'],
  },
} as const satisfies Record<string, Recipe>

export type ServiceName = keyof typeof recipes
