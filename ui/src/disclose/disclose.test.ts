import { expect, test } from 'vitest'
import { disclose as en } from '../text/disclose.en'
import { disclose as ko } from '../text/disclose.ko'
import { emptyQuery } from '../state/query'
import { MASKS, annexOf, askedFor, blankForm, canDisclose, fileName, filterWords, isMasked, isRecipient, remarkIn, toggled } from './disclose'

const AGE = `age1${'q'.repeat(58)}`

test('only views of rows of evidence can be disclosed', () => {
  expect(['timeline', 'accessed', 'deleted', 'files', 'findings'].every(canDisclose)).toBe(true)
  expect(['sources', 'ledger', 'subjects', 'requests-by-actor', ''].some(canDisclose)).toBe(false)
})

test('kinds are taken and given back in their order; everything counts for each', () => {
  const two = toggled(toggled([], 'path'), 'subject')
  expect(two).toEqual(['subject', 'path'])
  expect(toggled(two, 'subject')).toEqual(['path'])
  // Paths also mask where evidence lies, which everything else leaves.
  expect(MASKS.filter((m) => !isMasked(['all'], m))).toEqual(['path'])
  expect(isMasked(two, 'actor')).toBe(false)
})

test('what is asked for: nothing twice, an annex only where something is masked', () => {
  const form = { ...blankForm(), annex: ` ${AGE} `, recipient: '  ' }
  expect(annexOf(form)).toBeNull()
  expect(askedFor(form, 'timeline', emptyQuery(), 'h')).toMatchObject({ masks: [], blocks: 'unmasked', annex_to: null, recipient: null, handle: 'h' })
  expect(askedFor({ ...form, masks: ['subject', 'path', 'all'] }, 'files', emptyQuery(), 'h').masks).toEqual(['path', 'all'])
  expect(askedFor({ ...form, masks: ['subject', 'all'], recipient: ' A court ' }, 'files', emptyQuery(), 'h')).toMatchObject({ masks: ['all'], annex_to: AGE, recipient: 'A court' })
})

test('an age recipient is known by its look', () => {
  expect(isRecipient(AGE)).toBe(true)
  expect([`${AGE}q`, AGE.toUpperCase(), `age1${'b'.repeat(58)}`, 'AGE-SECRET-KEY-1', ''].some(isRecipient)).toBe(false)
})

test('filters in words keep an empty value visible', () => {
  const words = filterWords([{ column: 'actor', op: 'in', values: ['a', ''] }], (c) => c.toUpperCase(), () => 'is one of', '(no value)')
  expect(words).toEqual([['ACTOR is one of', 'a, (no value)']])
})

test('remarks are told in Korean where they are known, and as they came where not', () => {
  expect(remarkIn(ko.said, '12 rows of import 3, which is not sealed, are under no root and were left out')).toBe('가져오기 3의 행 12개는 아직 봉인되지 않아 루트에 들어 있지 않으므로 뺐습니다')
  expect(remarkIn(ko.said, 'no bytes of the evidence are shown')).toMatch(/넣지 않았습니다/)
  expect(remarkIn(ko.said, 'something new')).toBe('something new')
  expect(remarkIn(en.said, 'something new')).toBe('something new')
})

test('the file at the end of a path of either system', () => {
  expect([fileName('/cases/timeline.zip'), fileName('C:\\cases\\timeline.zip'), fileName('timeline.zip')]).toEqual(['timeline.zip', 'timeline.zip', 'timeline.zip'])
})
