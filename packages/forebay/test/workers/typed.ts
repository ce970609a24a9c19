export function typed(item: number): string {
  const text: string = `typed ${item}`
  return text
}
