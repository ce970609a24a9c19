import { expect, test } from 'vitest'
import { execute } from './execute.ts'

test('returns exit code and output', async () => {
  const run = await execute('bash', ['-c', 'echo out; echo err >&2; exit 3'], { cwd: '/', withinMs: 10_000 })

  expect(run).toEqual({ exitCode: 3, stdout: 'out\n', stderr: 'err\n' })
})

test('kills a program that takes too long', async () => {
  const started = performance.now()
  const run = await execute('bash', ['-c', 'sleep 60'], { cwd: '/', withinMs: 200 })

  expect(run.exitCode).toBeNull()
  expect(performance.now() - started).toBeLessThan(20_000)
})

test('ends with the program and kills what it left running in the background', async () => {
  const started = performance.now()
  // The background process holds the output open: waiting for it would take a minute.
  const run = await execute('bash', ['-c', 'sleep 60 & echo started'], { cwd: '/', withinMs: 50_000 })

  expect(run).toMatchObject({ exitCode: 0, stdout: 'started\n' })
  expect(performance.now() - started).toBeLessThan(20_000)
})
