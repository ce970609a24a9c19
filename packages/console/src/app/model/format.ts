/** `1,234`, `98.7k`, `4.12M`: at most five characters that matter. */
export function count(value: number): string {
  if (!Number.isFinite(value)) return '∞'
  if (value >= 1e9) return `${digits(value / 1e9)}G`
  if (value >= 1e6) return `${digits(value / 1e6)}M`
  if (value >= 1e5) return `${digits(value / 1e3)}k`
  return grouped(Math.round(value))
}

/** Every digit, thousands apart: for accounts, which must add up on screen. */
export function grouped(value: number): string {
  if (!Number.isFinite(value)) return '∞'
  return String(value).replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ',')
}

/** A rate a second without its unit. */
export function rate(perSecond: number): string {
  if (perSecond > 0 && perSecond < 10) return perSecond < 0.1 ? '<0.1' : perSecond.toFixed(1)
  return count(perSecond)
}

/** `850 µs`, `3.1 ms`, `240 ms`, `1.4 s`, `3 min`. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return '–'
  if (ms === 0) return '0 ms'
  if (ms < 1) return `${Math.max(1, Math.round(ms * 1000))} µs`
  if (ms < 10) return `${ms.toFixed(1)} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 100_000) return `${digits(ms / 1000)} s`
  return `${Math.round(ms / 60_000)} min`
}

export function percent(share: number): string {
  if (!Number.isFinite(share)) return '–'
  const value = share * 100
  return `${value > 0 && value < 1 ? '<1' : Math.round(value)} %`
}

export function bytes(value: number): string {
  if (value < 1024) return `${Math.round(value)} B`
  const units = ['KiB', 'MiB', 'GiB', 'TiB']
  let amount = value
  let unit = -1
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024
    unit++
  }
  return `${digits(amount)} ${units[unit]}`
}

/** Time of day, to the second. */
export function clockTime(wall: number): string {
  return new Date(wall).toLocaleTimeString([], { hour12: false })
}

/** Three digits that matter. */
function digits(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toFixed(value >= 10 ? 1 : 2)))
}
