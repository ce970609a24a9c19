import { execFile } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
/**
 * The binary of `recipe` that answers on this machine, or undefined. When the recipe's variable is set it is the only
 * candidate: a wrong path must show, not be papered over by another installation.
 */
export async function findBinary(recipe, env = process.env) {
  const named = env[recipe.variable]
  const candidates = named === undefined || named === '' ? recipe.binaries : [named]
  for (const path of candidates.flatMap((name) => locate(name, env))) {
    if (await answers(path, recipe.probe)) return path
  }
  return undefined
}
function locate(name, env) {
  if (isAbsolute(name)) return isExecutable(name) ? [name] : []
  return (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .filter((path) => isExecutable(path))
}
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
/** A file that is there may still be a stub that asks for a snap: only an answer counts. */
function answers(path, probe) {
  return new Promise((resolve) => {
    execFile(path, probe, { timeout: 20_000 }, (error) => resolve(error === null))
  })
}
