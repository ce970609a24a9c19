/** Gives each number on, but throws `item N` for one. */
export function failingAt(bad: number): (n: number) => number {
  return (n) => {
    if (n === bad) throw new Error(`item ${n}`)
    return n
  }
}
