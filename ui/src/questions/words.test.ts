import { expect, test } from 'vitest'
import { counts } from '../test/answers'
import { FIGURES } from '../test/answers'
import { alike, asRecognised, byProfile, offset } from '../import/mapping'
import { en } from '../text/en'
import { ko } from '../text/ko'
import { blankCount, countForm, countQuestion, countsCsv, goodDay, narrowsCount } from './counts'
import { blankFigure, chains, figureOf } from './figures'
import { ZONES, retentionSays, said, share, spell, when, zoneName } from './words'

test('a share is never rounded to none or to all', () => {
  expect(share(2475, 31_284, 'en', en)).toBe('7.9%')
  expect(share(1, 100_000, 'en', en)).toBe('under 0.1 %')
  expect(share(99_990, 100_000, 'en', en)).toBe('99.99%')
  expect(share(0, 0, 'en', en)).toBe('–')
})

test('times and zones in words', () => {
  expect(spell(148_951, 'en', en)).toBe('1 d 17 h')
  expect(spell(148_951, 'ko', ko)).toBe('1일 17시간')
  expect(spell(0, 'en', en)).toBe('0 s')
  expect(when('2025-06-24T07:20:34.123456Z')).toBe('2025-06-24 07:20:34Z')
  expect(when('2025-06-24T07:20:34.123 (local, zone unknown)')).toBe('2025-06-24 07:20:34 (local, zone unknown)')
  expect([0, 540, -210].map(zoneName)).toEqual(['UTC', 'UTC+09:00', 'UTC−03:30'])
  expect(ZONES).toContain(540)
  expect([540, -210].map(offset)).toEqual(['+09:00', '-03:30'])
})

test('retention is told in both languages from the same numbers', () => {
  const r = { name: 'gw', first_event: '2025-06-01T00:00:00Z', rolled_off_days: 59, unexplained_days: 50, before_first_days: 1, between_days: 47, after_last_days: 2, beyond_policy_days: 0, undated: 0, stray: 0, namesakes: 0, cut_from: null, says: '' }
  const of = { counted_from: '2025-05-20', counted_to: '2025-08-18', counted_days: 90 }
  expect(retentionSays(r, of, 'en', en)).toBe('59 days of the period in question without an event would not have been kept by the policy; 50 days that the policy would have kept, of 90, have no event (1 before the first event, 47 between, 2 after the last): retention does not explain them; a day on which nothing happened looks the same')
  expect(retentionSays(r, of, 'ko', ko)).toMatch(/59일.*90일 중 50일/)
  const none = { ...r, rolled_off_days: 0, unexplained_days: 0 }
  expect(retentionSays(none, of, 'en', en)).toBe('every day from 2025-05-20 to before 2025-08-18 has an event')
  expect(retentionSays({ ...none, cut_from: '2025-06-01', stray: 2 }, of, 'en', en)).toBe('2 events far from the rest are left out; days from 2025-06-01 on were not counted')
  expect(retentionSays({ ...none, first_event: null }, of, 'ko', ko)).toBe(ko.questions.retention.noTimes)
  expect(said(ko, 'served: a status of 2xx or none recorded, or one by which the log profile says that data was served')).toContain('2xx')
  expect(said(ko, 'something new')).toBe('something new')
})

test('a count asks for what is filled in, and its form comes back', () => {
  const q = countQuestion({ ...blankCount(), by: ['day', 'actor'], actor: ' a ', from: '2025-06-24' })
  expect(q).toEqual({ by: ['actor', 'day'], actor: 'a', kind: null, source: null, from: '2025-06-24', to: null, asked: false })
  expect(countQuestion(countForm(q))).toEqual(q)
  expect([narrowsCount(q), narrowsCount(countQuestion(blankCount()))]).toEqual([true, false])
  expect(['', '2025-06-24', '2025-13-24', 'soon'].map(goodDay)).toEqual([true, true, false, false])
})

test('the CSV holds every row, its units, the warning and the filter', () => {
  const q = countQuestion({ ...blankCount(), actor: 'user,1' })
  const lines = countsCsv(counts(q), q, 'not to be added').split('\r\n')
  expect(lines.slice(0, 3)).toEqual(['kind,requests,distinct_subjects,distinct_third_parties', 'name,5963,5443,0', 'email,4242,3950,0'])
  expect(lines).toContain('# not to be added')
  expect(lines).toContain('"# filtered: actor = user,1"')
  const held = { first: null, last: null, days: 0, days_without: 0, examples_without: [], undated: 0, repeated: 0 }
  const spreadsheet = { rows: [{ actor: '=1+1', kind: null, day: null, source: null, requests: 1, subjects: 1, third_parties: 0 }], units: [], held }
  expect(countsCsv(spreadsheet, { ...q, by: ['actor'] }, '')).toContain("'=1+1,1,1")
})

test('figures in force come first, each with the line it supersedes', () => {
  const found = chains(FIGURES)
  expect(found.map((c) => [c.figure.figure.number, c.earlier.map((e) => e.figure.number)])).toEqual([[3, []], [2, [1]]])
})

test('a figure needs a whole number, a day, an author and a definition', () => {
  const form = { ...blankFigure(), value: '33,700,000', date: '2025-11-20', author: 'Example Ltd', definition: 'accounts' }
  const query = countQuestion(blankCount())
  expect(figureOf(form, query)).toMatchObject({ value: 33_700_000, query, supersedes: null })
  expect(figureOf({ ...form, unit: 'people' }, query)?.query).toBeNull()
  for (const wrong of [{ value: '3.5' }, { value: '' }, { date: '20.11.2025' }, { author: ' ' }, { definition: '' }, { document: 'abc' }]) expect(figureOf({ ...form, ...wrong }, query)).toBeNull()
})

test('items that are read alike are one import', () => {
  const own = { ...asRecognised(), zone: '+09:00' }
  const groups = alike(['a', 'b', 'c'], (name) => (name === 'b' ? own : asRecognised()))
  expect(groups.map((g) => g.items)).toEqual([['a', 'c'], ['b']])
  const log = { runner_up: null, runner_up_confidence: null, zone: 'unknown' }
  expect(byProfile([{ ...log, file: 'a', profile: 'combined', confidence: 99 }, { ...log, file: 'b', profile: 'combined', confidence: 91 }])).toEqual([{ profile: 'combined', files: 2, least: 91, zone: 'unknown' }])
})
