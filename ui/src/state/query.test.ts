import { expect, test } from 'vitest'
import { emptyQuery, narrows, orderedBy, withFilter, withoutFilter, withoutNarrowing } from './query'

const filter = { column: 'actor', op: '=', values: ['a'] }

test('filters are added once and taken away one by one', () => {
  const one = withFilter(withFilter(emptyQuery(), filter), { ...filter })
  expect(one.filters).toHaveLength(1)
  expect(narrows(one)).toBe(true)
  expect(narrows(withoutFilter(one, 0))).toBe(false)
  expect(narrows(withoutNarrowing({ ...one, from: '2025-06-24' }))).toBe(false)
})

test('a column orders up, down, not at all', () => {
  const column = { name: 'when', title: 'When', kind: 'time' as const, facet: false, order: true }
  const up = orderedBy(emptyQuery(), column)
  const down = orderedBy(up, column)
  expect([up.order, up.descending, down.descending, orderedBy(down, column).order]).toEqual(['when', false, true, null])
  expect(orderedBy(emptyQuery(), { ...column, order: false }).order).toBeNull()
})
