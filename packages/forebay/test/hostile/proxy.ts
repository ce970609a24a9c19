/** A proxy that throws at whatever is done with it. */
export function looksBack(): object {
  const shout = (): never => {
    throw new Error('do not look')
  }
  const traps = ['get', 'has', 'getPrototypeOf', 'ownKeys', 'getOwnPropertyDescriptor', 'apply', 'set'] as const
  return new Proxy(() => {}, Object.fromEntries(traps.map((trap) => [trap, shout])))
}
