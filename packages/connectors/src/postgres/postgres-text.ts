/**
 * What PostgreSQL cannot store as text, NUL and halves of surrogate pairs, written as `\uXXXX`; a backslash is doubled.
 * Other texts stay as they are.
 */
export function toText(text: string): string {
  if (!/[\\\0\ud800-\udfff]/u.test(text)) return text
  return text.replaceAll(/[\\\0\ud800-\udfff]/gu, (unit) =>
    unit === '\\' ? '\\\\' : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

export function fromText(text: string): string {
  if (!text.includes('\\')) return text
  return text.replaceAll(/\\(\\|u[0-9a-f]{4})/g, (_, escaped: string) =>
    escaped === '\\' ? '\\' : String.fromCharCode(Number.parseInt(escaped.slice(1), 16)),
  )
}
