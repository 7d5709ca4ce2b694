import { expect, test } from 'vitest'
import { grouping, isKeyName } from './head'

test('a root is shown in eight groups and loses no digit', () => {
  const root = 'a7'.repeat(32)
  expect(grouping(root)).toHaveLength(8)
  expect(grouping(root).join('')).toBe(root)
  expect(grouping('')).toEqual([])
})

test('the name of a key has no space, plus or control character', () => {
  expect(['examiner-1', '수사관-1', ''].map(isKeyName)).toEqual([true, true, true])
  expect(['examiner 1', 'a+b', 'a\nb', 'a\u0085b'].map(isKeyName)).toEqual([false, false, false, false])
})
