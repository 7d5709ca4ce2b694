// The strip of coverage as numbers: which days are shown, where they lie, what a point hits.
import type { Stream } from '../api.gen'

const MS = 86_400_000
/** Days since 1970, `to` exclusive. */
export type Span = { from: number; to: number }
/** Days drawn as one bar, at least this wide, px. */
const LEAST_BAR = 2
/** Parsers whose times follow no rhythm of their own: of files, not of a log. */
const NOT_LOGS = new Set(['file_times', 'mft', 'recycle_bin', 'usn_journal'])
/** Of them, those whose rows stand in no order of time. */
export const NO_ORDER = new Set(['file_times', 'mft'])

export const dayOf = (text: string): number => Math.floor(Date.parse(`${text.slice(0, 10)}T00:00:00Z`) / MS)
export const dayText = (day: number): string => new Date(day * MS).toISOString().slice(0, 10)
/** A local clock of unknown zone is placed as if it were UTC. */
const exactDay = (text: string): number => Date.parse(text.replace(/ \(.*$/, 'Z')) / MS

export const isLog = (s: Stream): boolean => !NOT_LOGS.has(s.parser)

/** Whether holes were looked for: the stream has a rhythm and is long enough to show it. */
export const wasLooked = (s: Stream): boolean => s.looked === 'hours' || s.looked === 'days' || s.looked === 'event_days'

/** Files in which time runs backwards: where rows stand in the order they were written. */
export const backwardsOf = (s: Stream): Stream['backwards'] => (NO_ORDER.has(s.parser) ? [] : s.backwards)

/** Logs first, then by how many events there are. */
export function inOrder(streams: Stream[]): Stream[] {
  return [...streams].sort((a, b) => Number(isLog(b)) - Number(isLog(a)) || b.events - a.events || a.name.localeCompare(b.name))
}

/** First to last day of some streams, with days that must be in it; null without any. */
export function spanOf(streams: Stream[], marks: string[] = []): Span | null {
  let from = Infinity
  let to = -Infinity
  for (const s of streams) {
    if (!s.first_day || s.days.length === 0) continue
    from = Math.min(from, dayOf(s.first_day))
    to = Math.max(to, dayOf(s.first_day) + s.days.length)
  }
  if (from > to) return null
  for (const mark of marks) {
    const day = dayOf(mark)
    if (Number.isNaN(day)) continue
    from = Math.min(from, day)
    to = Math.max(to, day + 1)
  }
  return { from, to }
}

/** Days that one bar stands for. */
export function binDays(span: Span, width: number): number {
  return Math.max(1, Math.ceil(((span.to - span.from) * LEAST_BAR) / Math.max(1, width)))
}

export const xOf = (span: Span, width: number, day: number): number => ((day - span.from) / (span.to - span.from)) * width

/** The day at a place; outside the strip, the nearest. */
export function dayAt(span: Span, width: number, x: number): number {
  const day = span.from + Math.floor((x / Math.max(1, width)) * (span.to - span.from))
  return Math.max(span.from, Math.min(span.to - 1, day))
}

/** The first day of the bar that a day is in. */
export function binOf(span: Span, bin: number, day: number): number {
  return span.from + Math.floor((day - span.from) / bin) * bin
}

/** Events from a day to another, exclusive, and of the busiest day among them. */
export function eventsIn(s: Stream, from: number, to: number): { events: number; busiest: number } {
  if (!s.first_day) return { events: 0, busiest: 0 }
  const first = dayOf(s.first_day)
  let events = 0
  let busiest = 0
  for (let day = Math.max(from, first); day < Math.min(to, first + s.days.length); day += 1) {
    const n = s.days[day - first] ?? 0
    events += n
    busiest = Math.max(busiest, n)
  }
  return { events, busiest }
}

/** Dated events of a stream that the days shown leave out. */
export function beyond(s: Stream, span: Span): number {
  return s.events - s.undated - eventsIn(s, span.from, span.to).events
}

export type Bar = { x: number; width: number; part: number }

/** Bars of the busiest day of each bin, as parts of the tallest. A day with events is never without a bar. */
export function bars(s: Stream, span: Span, width: number): { bars: Bar[]; most: number } {
  const bin = binDays(span, width)
  const found: { day: number; busiest: number }[] = []
  let most = 0
  for (let day = span.from; day < span.to; day += bin) {
    const { busiest } = eventsIn(s, day, Math.min(day + bin, span.to))
    if (busiest > 0) found.push({ day, busiest })
    most = Math.max(most, busiest)
  }
  const step = xOf(span, width, span.from + bin)
  const gap = step >= 4 ? 1 : 0
  return { most, bars: found.map(({ day, busiest }) => ({ x: xOf(span, width, day), width: Math.max(1, Math.min(step, width - xOf(span, width, day)) - gap), part: busiest / most })) }
}

/** Bars as one path, from the bottom up; the least is 2 px high. */
export function barPath(list: Bar[], height: number): string {
  return list
    .map(({ x, width, part }) => {
      const h = Math.max(2, part * height)
      return `M${x.toFixed(1)} ${height}v${(-h).toFixed(1)}h${width.toFixed(1)}V${height}z`
    })
    .join('')
}

/** Where a hole lies, at least 3 px wide; null where it is not in the days shown. */
export function holeBox(hole: { from: string; to: string }, span: Span, width: number): { x: number; width: number } | null {
  const from = Math.max(span.from, exactDay(hole.from))
  const to = Math.min(span.to, exactDay(hole.to))
  if (!(to > from)) return null
  const x = xOf(span, width, from)
  const wide = Math.max(3, xOf(span, width, to) - x)
  return { x: Math.min(x, width - wide), width: wide }
}

/** Holes that touch the days from one to another, exclusive. */
export function holesIn(s: Stream, from: number, to: number): Stream['holes'] {
  return s.holes.filter((h) => exactDay(h.from) < to && exactDay(h.to) > from)
}

/** The day that the name of a log file states; null where it states none. */
export function dayInName(name: string): number | null {
  const found = [...name.matchAll(/(?<!\d)(\d{4})[-_./]?(\d\d)[-_./]?(\d\d)(?:\d\d)?(?!\d)/g)].at(-1)
  const day = found ? dayOf(`${found[1]}-${found[2]}-${found[3]}`) : Number.NaN
  return Number.isNaN(day) ? null : day
}

export type Sign = 'missing' | 'empty' | 'cut' | 'backwards'
export const SIGNS: Record<Sign, string> = { missing: '×', empty: '○', cut: '◧', backwards: '↶' }

/** Signs of files whose names state a day in the span, one of a kind for each bar. */
export function signs(s: Stream, span: Span, width: number): { sign: Sign; x: number; day: number }[] {
  const bin = binDays(span, width)
  const names: [Sign, string[]][] = [
    ['missing', s.missing_files],
    ['empty', s.empty_files],
    ['cut', s.cut_files],
    ['backwards', backwardsOf(s).map((b) => b.file)],
  ]
  return names.flatMap(([sign, files]) => {
    const days = new Set(files.map(dayInName).filter((d) => d !== null && d >= span.from && d < span.to).map((d) => binOf(span, bin, d ?? 0)))
    return [...days].map((day) => ({ sign, day, x: xOf(span, width, Math.min(day + bin / 2, span.to)) }))
  })
}

/** Places for labels of the axis: days, months or years, as the width allows. */
export function ticks(span: Span, width: number): { day: number; label: string }[] {
  const room = Math.max(2, Math.floor(width / 110))
  const days = span.to - span.from
  const dayStep = [1, 2, 7, 14].find((step) => days / step <= room)
  if (dayStep) {
    const first = dayStep === 7 || dayStep === 14 ? span.from + ((((4 - span.from) % 7) + 7) % 7) : span.from
    return Array.from({ length: Math.ceil((span.to - first) / dayStep) }, (_, i) => ({ day: first + i * dayStep, label: dayText(first + i * dayStep) }))
  }
  const months = days / 30.4
  const step = [1, 2, 3, 6, 12, 24, 60, 120, 240].find((s) => months / s <= room) ?? 600
  const out: { day: number; label: string }[] = []
  const start = new Date(span.from * MS)
  for (let m = Math.ceil((start.getUTCFullYear() * 12 + start.getUTCMonth()) / step) * step; ; m += step) {
    const day = Date.UTC(Math.floor(m / 12), m % 12) / MS
    if (day >= span.to) return out
    if (day >= span.from) out.push({ day, label: step >= 12 ? dayText(day).slice(0, 4) : dayText(day).slice(0, 7) })
  }
}
