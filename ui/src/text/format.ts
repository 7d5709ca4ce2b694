/** Digits in groups; the number stays text, since it may exceed what a double holds. */
export function grouped(number: string | number | bigint, language: string): string {
  try {
    return new Intl.NumberFormat(language).format(BigInt(number))
  } catch {
    return String(number)
  }
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** Bytes in a unit a person reads; exact below 1 KiB. */
export function size(bytes: string | number | bigint, language: string): string {
  let value = Number(bytes)
  if (!Number.isFinite(value)) return String(bytes)
  let unit = 0
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit += 1
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value)} ${UNITS[unit]}`
}

/** Seconds as h:mm:ss or m:ss. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds))
  const two = (n: number) => String(n).padStart(2, '0')
  const h = Math.floor(s / 3600)
  return h > 0 ? `${h}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`
}

/** Microseconds since 1970 as RFC 3339 in UTC, to the second. */
export function utc(micros: bigint): string {
  const date = new Date(Number(micros / 1000n))
  return Number.isNaN(date.getTime()) ? String(micros) : date.toISOString().replace(/\.\d+Z$/, 'Z')
}
