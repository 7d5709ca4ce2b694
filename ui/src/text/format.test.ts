import { expect, test } from 'vitest'
import { duration, grouped, size, utc } from './format'

test('numbers past what a double holds keep every digit', () => {
  expect(grouped('18446744073709551615', 'en')).toBe('18,446,744,073,709,551,615')
  expect(grouped('not a number', 'en')).toBe('not a number')
})

test('sizes, durations and times', () => {
  expect(size('0', 'en')).toBe('0 B')
  expect(size('1023', 'en')).toBe('1,023 B')
  expect(size('1536', 'en')).toBe('1.5 KiB')
  expect(size('1099511627776', 'en')).toBe('1.0 TiB')
  expect(duration(59)).toBe('0:59')
  expect(duration(3661)).toBe('1:01:01')
  expect(utc(1_750_749_634_999_999n)).toBe('2025-06-24T07:20:34Z')
})
