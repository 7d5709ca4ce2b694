import { expect, test } from 'vitest'
import { ROW_HEIGHT, STRETCH, reveal, scrollFor, spacer, stretched, topRow } from './virtual'

const short = { rows: 1000, viewport: 480 }
const long = { rows: 150_000_000, viewport: 480 }

test('no spacer comes near the 33,554,428 px at which browsers clamp', () => {
  expect(spacer(short)).toBe(24_000)
  expect(spacer(long)).toBe(STRETCH)
  expect(stretched(short)).toBe(false)
  expect(stretched(long)).toBe(true)
})

test('the first and the last row can be reached, however long the table', () => {
  for (const g of [short, long]) {
    expect(topRow(g, 0)).toBe(0)
    expect(topRow(g, spacer(g) - g.viewport)).toBeCloseTo(g.rows - g.viewport / ROW_HEIGHT, 3)
    for (const row of [0, 17, g.rows / 2, g.rows - 20]) expect(topRow(g, scrollFor(g, row))).toBeCloseTo(row, 3)
  }
})

test('a row in sight moves nothing; one out of sight moves by as little as shows it', () => {
  expect(reveal(short, 10, 15)).toBe(10)
  expect(reveal(short, 10, 9)).toBe(9)
  expect(reveal(short, 10, 30)).toBe(11)
})
