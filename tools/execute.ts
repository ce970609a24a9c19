import { spawn } from 'node:child_process'

export interface Execution {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

const keep = 8 * 1024 * 1024

/**
 * Runs a program to its end, at most `withinMs`; then it and all that it started are killed and the exit code is null.
 * Of a longer output the last 8 Mi characters are kept.
 */
export function execute(
  command: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv; withinMs: number },
): Promise<Execution> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const killGroup = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // The group has ended between the check and the signal.
      }
    }
    const timer = setTimeout(killGroup, options.withinMs)
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout = (stdout + text).slice(-keep)))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-keep)))
    child.once('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    // First the leader's end, then the group: a background process of a snippet would hold the pipes open for ever.
    child.once('exit', killGroup)
    child.once('close', (exitCode) => {
      clearTimeout(timer)
      resolve({ exitCode, stdout, stderr })
    })
  })
}
