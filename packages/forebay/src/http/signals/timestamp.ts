const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const dayMs = 86_400_000

const fixdate = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/
const rfc850 = /^[A-Z][a-z]{5,8}, (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/
const asctime = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/
const rfc3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/

/**
 * Milliseconds since 1970 of a date as HTTP (RFC 9110 §5.6.7, all three forms) or RFC 3339 writes it; `undefined` for
 * anything else. Written out, because the portable layers have no `Date`.
 */
export function parseTimestamp(value: string): number | undefined {
  if (value.length > 40) return undefined
  let found = fixdate.exec(value)
  if (found !== null) return named(found, found[3], found[2], found[1], 4)
  found = rfc850.exec(value)
  if (found !== null) {
    const year = Number(found[3])
    return named(found, String(year < 70 ? 2000 + year : 1900 + year), found[2], found[1], 4)
  }
  found = asctime.exec(value)
  if (found !== null) return named(found, found[6], found[1], found[2], 3)
  found = rfc3339.exec(value)
  if (found === null) return undefined
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHours, offsetMinutes] = found
  const time = instant(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second))
  if (time === undefined) return undefined
  const offset = sign === undefined ? 0 : (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === '-' ? -1 : 1)
  return time + Math.trunc(Number(`0.${fraction || '0'}`) * 1000) - offset * 60_000
}

function named(
  found: RegExpExecArray,
  year: string | undefined,
  month: string | undefined,
  day: string | undefined,
  clockAt: number,
): number | undefined {
  const [hour, minute, second] = found.slice(clockAt, clockAt + 3).map(Number) as [number, number, number]
  return instant(Number(year), months.indexOf(month ?? '') + 1, Number(day), hour, minute, second)
}

/** Days from civil: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2013. */
function instant(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return undefined
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  const days = era * 146_097 + dayOfEra - 719_468
  return days * dayMs + ((hour * 60 + minute) * 60 + second) * 1000
}
