/** What the process tells its caller (DESIGN: products). */
export const EXIT = { ok: 0, failed: 1, usage: 2, checkNotMet: 3, unreachable: 4, interrupted: 130 } as const

/** The command line cannot be understood: printed with the way to the usage, exit code 2. */
export class UsageError extends Error {}
