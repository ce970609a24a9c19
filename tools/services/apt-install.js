import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
const cache = join(import.meta.dirname, '../../node_modules/.cache/forebay')
const policy = '/usr/sbin/policy-rc.d'
const execute = promisify(execFile)
/** The line a person types to get `packages`. */
export function aptCommand(packages) {
  return `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`
}
/**
 * Installs Debian packages when this process is root on a machine with apt; starts none of the daemons they bring
 * (tests start their own, in folders of their own). One installation at a time, whoever asks.
 */
export async function aptInstall(packages) {
  if (process.getuid?.() !== 0) return { installed: false, reason: 'not installed, and only root can install it' }
  if (!existsSync('/usr/bin/apt-get')) return { installed: false, reason: 'not installed, and this machine has no apt' }
  mkdirSync(cache, { recursive: true })
  console.warn(`installing ${packages.join(' ')}`)
  const ownPolicy = !existsSync(policy)
  if (ownPolicy) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    await execute('flock', [join(cache, 'apt.lock'), 'sh', '-c', aptCommand(packages)], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
      timeout: 600_000,
      maxBuffer: 64 * 1024 * 1024,
    })
    return { installed: true, reason: '' }
  } catch (error) {
    return { installed: false, reason: `apt-get failed: ${lastLine(error)}` }
  } finally {
    if (ownPolicy) rmSync(policy, { force: true })
  }
}
function lastLine(error) {
  const { stderr, message } = error
  return (stderr || message).trim().split('\n').at(-1) ?? message
}
