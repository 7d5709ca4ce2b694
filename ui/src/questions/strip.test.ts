import { expect, test } from 'vitest'
import { COVERAGE, stream } from '../test/answers'
import { barPath, bars, beyond, binDays, binOf, dayAt, dayInName, dayOf, dayText, eventsIn, holeBox, holesIn, inOrder, signs, spanOf, ticks, wasLooked, xOf } from './strip'

const span = { from: dayOf('2025-06-01'), to: dayOf('2025-07-01') }

test('days are days since 1970 in UTC, and come back as text', () => {
  expect(dayOf('1970-01-02')).toBe(1)
  expect(dayText(dayOf('2025-06-24T23:59:59Z'))).toBe('2025-06-24')
})

test('a point hits the day it is drawn on, and never leaves the strip', () => {
  for (const width of [90, 301, 784, 1400]) {
    for (let day = span.from; day < span.to; day += 1) expect(dayAt(span, width, xOf(span, width, day) + 0.5)).toBe(day)
  }
  expect(dayAt(span, 300, -50)).toBe(span.from)
  expect(dayAt(span, 300, 9999)).toBe(span.to - 1)
})

test('where days are narrower than a bar, a bar stands for several and loses none', () => {
  const long = stream({ first_day: '2019-01-01', days: Array.from({ length: 2400 }, (_, i) => (i === 1201 ? 500 : i % 5)) })
  const whole = spanOf([long])
  expect(whole && dayText(whole.to)).toBe(dayText(dayOf('2019-01-01') + 2400))
  if (!whole) return
  expect(binDays(whole, 600)).toBe(8)
  expect(binDays(span, 600)).toBe(1)
  const drawn = bars(long, whole, 600)
  expect(drawn.most).toBe(500)
  expect(drawn.bars).toHaveLength(300)
  expect(Math.max(...drawn.bars.map((b) => b.part))).toBe(1)
  expect(drawn.bars.every((b) => b.x >= 0 && b.x + b.width <= 600.01)).toBe(true)
  expect(binOf(whole, 8, whole.from + 15)).toBe(whole.from + 8)
})

test('a day with few events is seen beside one with many', () => {
  const path = barPath(bars(stream({ days: [100_000, 1, 0, 5] }), span, 600).bars, 40)
  expect(path.match(/M/g)).toHaveLength(3)
  expect(path).toContain('v-2.0')
})

test('what the shown days leave out is counted', () => {
  const [logs] = [stream({ undated: 7, events: 30_007 })]
  expect(eventsIn(logs, span.from, span.from + 3)).toEqual({ events: 3000, busiest: 1000 })
  expect(beyond(logs, span)).toBe(0)
  expect(beyond(logs, { from: span.from + 10, to: span.to })).toBe(10_000)
})

test('a hole is drawn at its hours, wide enough to be seen, and not outside', () => {
  const hole = { from: '2025-06-10T00:00:00Z', to: '2025-06-11T12:00:00Z' }
  expect(holeBox(hole, span, 300)).toEqual({ x: 90, width: 15 })
  expect(holeBox({ from: '2025-06-10T00:00:00Z', to: '2025-06-10T01:00:00Z' }, span, 300)?.width).toBe(3)
  const local = { from: '2025-06-10T00:00:00 (local, zone unknown)', to: '2025-06-11T12:00:00 (local, zone unknown)' }
  expect(holeBox(local, span, 300)).toEqual({ x: 90, width: 15 })
  expect(holeBox(hole, { from: dayOf('2025-07-01'), to: dayOf('2025-08-01') }, 300)).toBeNull()
  const lacking = COVERAGE.streams[2] ?? stream({})
  expect(holesIn(lacking, dayOf('2025-06-11'), dayOf('2025-06-12'))).toHaveLength(1)
  expect(holesIn(lacking, dayOf('2025-06-12'), dayOf('2025-06-13'))).toHaveLength(0)
})

test('files that lack stand on the day that their name states', () => {
  expect(dayInName('gw/access-2025-06-20.log')).toBe(dayOf('2025-06-20'))
  expect(dayInName('access_2025062013.log.gz')).toBe(dayOf('2025-06-20'))
  expect(dayInName('access.log.3')).toBeNull()
  expect(dayInName('gw-99999999.log')).toBeNull()
  const found = signs(COVERAGE.streams[2] ?? stream({}), span, 600)
  expect(found.map((f) => [f.sign, dayText(f.day)])).toEqual([['missing', '2025-06-20'], ['empty', '2025-06-21'], ['cut', '2025-06-22'], ['backwards', '2025-06-05']])
  expect(signs(stream({ parser: 'file_times', backwards: [{ file: 'a-2025-06-05', times: 1, furthest_seconds: 9 }] }), span, 600)).toEqual([])
})

test('logs stand before the times of files; holes are looked for only where a rhythm is', () => {
  expect(inOrder(COVERAGE.streams).map((s) => s.name)).toEqual(['gw-01/access-{date}.log', 'gw-02/access-{date}.log', 'volume 2 at 1048576'])
  expect((['hours', 'days', 'event_days', 'too_short', 'too_long', 'too_few', 'no_rhythm'] as const).filter((looked) => wasLooked(stream({ looked })))).toEqual(['hours', 'days', 'event_days'])
})

test('the axis has labels that the width has room for', () => {
  expect(ticks(span, 600).map((t) => t.label)).toEqual(['2025-06-02', '2025-06-09', '2025-06-16', '2025-06-23', '2025-06-30'])
  expect(ticks({ from: dayOf('2019-01-15'), to: dayOf('2025-07-01') }, 800).map((t) => t.label)).toEqual(['2020', '2021', '2022', '2023', '2024', '2025'])
  expect(ticks({ from: span.from, to: span.from + 3 }, 600)).toHaveLength(3)
  for (const width of [80, 400, 2000]) for (const days of [1, 8, 40, 200, 900, 19_000]) expect(ticks({ from: 10_000, to: 10_000 + days }, width).length).toBeLessThanOrEqual(Math.max(2, width / 90) + 2)
})

test('lines that must be seen widen the days shown', () => {
  const wide = spanOf([stream({})], ['2025-05-20', 'soon'])
  expect(wide && dayText(wide.from)).toBe('2025-05-20')
  expect(spanOf([])).toBeNull()
})
