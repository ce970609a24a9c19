export { serveConsole } from './serve-console.ts'
export type { ConsoleOptions, RunningConsole } from './serve-console.ts'
export type { Command } from './command.ts'
export type { ConsoleSource, Pane } from './console-source.ts'
