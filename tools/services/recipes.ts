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
} as const satisfies Record<string, Recipe>

export type ServiceName = keyof typeof recipes
