/** Names of npm scripts that a shell snippet calls: `npm start`, `npm test`, `npm run NAME`. */
export function npmScriptsIn(code: string): string[] {
  const names: string[] = []
  for (const match of code.matchAll(/\bnpm (?:(?:-\S+|--\S+) )*(?:(start|test)\b|run (?:-\S+ )*([\w:-]+))/g)) {
    names.push(match[1] ?? match[2] ?? '')
  }
  return names
}
