// Numbers and times of answers in words of a language.
import type { Retention, StreamRetention } from '../api.gen'
import type { Texts } from '../text/en'
import { grouped } from '../text/format'

/** A part of a whole in percent; a small part is never shown as none. */
export function share(part: number, whole: number, language: string, texts: Texts): string {
  if (whole <= 0) return '–'
  const of = part / whole
  if (part > 0 && of < 0.001) return texts.questions.underPercent
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: of >= 0.995 && of < 1 ? 2 : 1 }).format(of)
}

/** Seconds by their two largest units: "1 d 17 h", "3 min 20 s". */
export function spell(seconds: number, language: string, texts: Texts): string {
  const unit = texts.questions.spell
  const gap = language === 'ko' ? '' : ' '
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), unit.d],
    [Math.floor(seconds / 3600) % 24, unit.h],
    [Math.floor(seconds / 60) % 60, unit.m],
    [Math.floor(seconds) % 60, unit.s],
  ]
  const first = parts.findIndex(([n]) => n > 0)
  if (first < 0) return `0${gap}${unit.s}`
  return parts.slice(first, first + 2).filter(([n]) => n > 0).map(([n, u]) => `${grouped(n, language)}${gap}${u}`).join(' ')
}

/** A time of the API for reading, to the second: "2025-06-24 07:20:34Z". */
export function when(text: string): string {
  return text.replace('T', ' ').replace(/\.\d+(?=Z|[+-]| \(|$)/, '')
}

/** Seconds between two times of the API. */
export function secondsBetween(from: string, to: string): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000)
}

/** "UTC+09:00" */
export function zoneName(minutes: number): string {
  if (minutes === 0) return 'UTC'
  const two = (n: number) => String(n).padStart(2, '0')
  return `UTC${minutes < 0 ? '−' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`
}

/** Zones that are offered, in minutes east of UTC: every hour, and the odd ones in use. */
export const ZONES: number[] = [
  ...Array.from({ length: 27 }, (_, i) => (i - 12) * 60),
  -570, -210, 210, 270, 330, 345, 390, 525, 570, 630, 765,
].sort((a, b) => a - b)

/** What the numbers of a stream say, of the days that were counted. */
export function retentionSays(r: StreamRetention, counted: Pick<Retention, 'counted_from' | 'counted_to' | 'counted_days'>, language: string, texts: Texts): string {
  const { retention, day } = texts.questions
  const number = (n: number) => grouped(n, language)
  const days = (n: number) => day(number(n))
  const lacking = r.rolled_off_days + r.unexplained_days > 0
  if (r.first_event === null) return retention.noTimes
  const says = [
    r.rolled_off_days > 0 ? retention.rolledSays(days(r.rolled_off_days)) : '',
    r.unexplained_days > 0 ? retention.unexplainedSays(days(r.unexplained_days), number(counted.counted_days), number(r.before_first_days), number(r.between_days), number(r.after_last_days)) : '',
    r.beyond_policy_days > 0 ? retention.beyondSays(days(r.beyond_policy_days)) : '',
    !lacking && !r.cut_from ? retention.everyDay(counted.counted_from, counted.counted_to) : '',
    lacking && r.namesakes > 0 ? retention.namesakes : '',
    r.undated > 0 ? retention.undated(number(r.undated)) : '',
    r.stray > 0 ? retention.stray(number(r.stray)) : '',
    r.cut_from ? retention.cutFrom(r.cut_from) : '',
  ].filter((s) => s !== '')
  return says.join('; ')
}

/** Words of ours for a fixed text of the API; what is not known is shown as it came. */
export function said(texts: Texts, text: string): string {
  return Object.hasOwn(texts.questions.said, text) ? (texts.questions.said[text] ?? text) : text
}
