/** The part of package-lock.json (version 3) that is completed here. */
export interface Lockfile {
  readonly packages: Readonly<Record<string, Entry>>
}

interface Entry {
  readonly version?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
}

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const processors = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64']

/**
 * Adds the packages of other platforms that a lock file leaves out. npm drops an optional package that the registry
 * at hand does not serve, and `npm ci` then refuses the lock file, here and everywhere. An entry with a system and a
 * processor that are not ours is enough: npm neither fetches nor installs it.
 */
export function complete(lockfile: Lockfile): Lockfile {
  const packages: Record<string, Entry> = { ...lockfile.packages }
  for (const [path, entry] of Object.entries(lockfile.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (isResolved(packages, path, name)) continue
      packages[`node_modules/${name}`] = {
        version,
        cpu: [tokenOf(name, processors)],
        ...(entry.dev === true ? { dev: true } : {}),
        optional: true,
        os: [tokenOf(name, systems)],
      }
    }
  }
  const sorted = Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, 'en'))
  return { ...lockfile, packages: Object.fromEntries(sorted) }
}

/** Whether a `require(name)` from `path` finds an entry, climbing as Node does. */
function isResolved(packages: Readonly<Record<string, Entry>>, path: string, name: string): boolean {
  for (let at: string | undefined = path; at !== undefined; at = parentOf(at)) {
    if (`${at === '' ? '' : `${at}/`}node_modules/${name}` in packages) return true
  }
  return false
}

function parentOf(path: string): string | undefined {
  if (path === '') return undefined
  return path.slice(0, Math.max(0, path.lastIndexOf('/node_modules/')))
}

/** The word of `known` in a package name such as `@oxlint/binding-linux-arm64-musl`. */
function tokenOf(name: string, known: readonly string[]): string {
  const token = name.split(/[-/]/).find((word) => known.includes(word))
  if (token === undefined) throw new Error(`${name}: expected a name with one of ${known.join(', ')}`)
  return token
}
