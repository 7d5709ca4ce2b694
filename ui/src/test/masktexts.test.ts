// Texts that may hold a masked value: what people typed, what findings and errors say, names of evidence.
import { cleanup, screen, within } from '@testing-library/svelte'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ColumnKind, DetailField } from '../api.gen'
import { MASKED_KINDS, isColumnMasked, maskedFields, type MaskedKind } from '../mask/mask'
import { prefs } from '../state/prefs.svelte'
import { setLanguage } from '../text/index.svelte'
import { opened, violations } from './opened'

const only = (...kinds: MaskedKind[]) => MASKED_KINDS.forEach((kind) => prefs.setMasked(kind, kinds.includes(kind)))
const page = () => document.body.innerHTML
const rail = () => within(screen.getByRole('navigation'))

beforeEach(() => {
  setLanguage('en')
  only()
})
afterEach(() => {
  cleanup()
  only()
})

test('what an entry tells is masked with any kind, who keeps the case is not; evidence has a kind of its own', () => {
  const is = (view: string, name: string, ...chosen: MaskedKind[]) => isColumnMasked(view, { name, kind: 'text' }, chosen)
  for (const kind of MASKED_KINDS) expect([is('ledger', 'says', kind), is('ledger', 'actor', kind), is('findings', 'found', kind)], kind).toEqual([true, false, true])
  expect([is('sources', 'name', 'subject'), is('sources', 'name', 'evidence'), is('sources', 'container_files', 'evidence')]).toEqual([false, true, true])
  const field = (name: string, value: string, kind: ColumnKind = 'json'): DetailField => ({ name, title: name, value, kind })
  const entry = [field('actor', '{"id":"A1"}'), field('type', 'import.begin', 'text'), field('inputs', '[{"name":"disk.E01"}]'), field('params', '{}'), field('outputs', '[]')]
  expect(maskedFields('entry', entry, ['address'])).toEqual([null, null, { field: null }, { field: null }, null])
  expect(maskedFields('entry', entry, [])).toEqual([null, null, null, null, null])
})

test('tags and notes are masked with any kind, beside the row and on their page', async () => {
  const { user, grid } = await opened()
  grid.focus()
  await user.keyboard('g')
  await user.type(await screen.findByRole('textbox', { name: 'Tag' }), 'ask subject-1{Enter}')
  await screen.findByRole('button', { name: 'Take back the tag ask subject-1' })
  await user.type(screen.getByRole('textbox', { name: 'Note' }), 'subject-1 called')
  await user.click(screen.getByRole('button', { name: 'Add note' }))
  await screen.findByText('subject-1 called')
  only('address')
  await screen.findByRole('button', { name: 'Take back the tag masked' })
  expect(page()).not.toContain('subject-1')
  expect(await violations()).toEqual([])
  await user.click(rail().getByRole('button', { name: 'Annotated' }))
  await screen.findAllByRole('button', { name: 'Take back' })
  expect(page()).not.toContain('subject-1')
  only()
  await screen.findByText('subject-1 called')
})

test('custody keeps its times, hashes and findings, and none of its words', async () => {
  only('subject')
  const { user } = await opened('user-0')
  await user.click(rail().getByRole('button', { name: 'Custody' }))
  await screen.findByText('gap')
  screen.getByText('2025-06-24T20:00+09:00')
  expect(page()).not.toMatch(/Officer A|Laboratory|Desk 4|S-1|the owner|E-1</)
  await user.click(screen.getByRole('button', { name: 'Add a record…' }))
  expect(screen.getByLabelText('Evidence in the case').textContent).toContain('1: Exhibit 3')
  expect(page()).not.toMatch(/Officer A|Laboratory/)
  expect(await violations()).toEqual([])
  only('evidence')
  await vi.waitFor(() => expect(screen.getByLabelText('Evidence in the case').textContent).toContain('1: masked'))
  await user.type(screen.getByRole('textbox', { name: 'A hash from paper' }), '825AC373 AFF4D5AF 610BC445 129F317D{Enter}')
  await screen.findByText('equal')
  expect(page()).not.toContain('disk.E01')
  only()
  await screen.findByText('Laboratory')
})

test('import and verification show neither names of evidence nor what they found', async () => {
  only('evidence')
  const { user } = await opened()
  await user.keyboard('i')
  await user.click(await screen.findByRole('button', { name: 'Choose files…' }))
  await screen.findByText('GPT')
  expect(page()).not.toMatch(/disk\.E0\d|A\. Example|EFI</)
  expect(await violations()).toEqual([])
  await user.keyboard('{Escape}')
  await user.click(screen.getByRole('button', { name: 'Verify…' }))
  await user.click(screen.getByRole('button', { name: 'Verify' }))
  await screen.findByText('rows')
  expect(page()).not.toContain('hash to the roots')
  only()
  await screen.findByText(/hash to the roots/)
})

test('an error keeps its code and what to do, and not what it says', async () => {
  const { app } = await opened()
  only('actor')
  app.error = { code: 'bad-filter', message: 'user-1 is no time', hint: 'Check the value.' }
  await screen.findByText('code bad-filter')
  const alert = within(screen.getByRole('alert'))
  alert.getByText('Check the value.')
  expect(alert.queryByText(/user-1/)).toBeNull()
  only()
  await alert.findByText('user-1 is no time')
})
