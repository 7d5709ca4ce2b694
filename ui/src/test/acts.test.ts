// Custody, tags, notes and bookmarks over the fixture, by mouse and by keyboard.
import { cleanup, render, screen, within } from '@testing-library/svelte'
import { userEvent } from '@testing-library/user-event'
import axe from 'axe-core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import Page from '../Page.svelte'
import { App } from '../state/app.svelte'
import { setLanguage } from '../text/index.svelte'
import { fixture } from './fixture'

beforeEach(() => setLanguage('en'))
afterEach(cleanup)

async function violations(): Promise<string[]> {
  const found = await axe.run(document, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } })
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')}`)
}

async function opened() {
  const host = fixture()
  const app = new App(host)
  render(Page, { app })
  const user = userEvent.setup()
  await user.click(await screen.findByRole('button', { name: 'Open the sample case' }))
  const grid = await screen.findByRole('grid', { name: 'Accessed' })
  await screen.findByText('user-0')
  return { host, app, user, grid }
}

test('custody tells findings first, in words of the language, and is accessible', async () => {
  const { user } = await opened()
  await user.click(screen.getByRole('button', { name: 'Custody' }))
  await screen.findByText('For 1 h 30 min no one is stated to have held it: from Officer A to Laboratory.')
  screen.getByText('The seal was S-1, and is S-2 with Laboratory.')
  screen.getByText('MD5 of the media of evidence 1')
  expect(await violations()).toEqual([])
  setLanguage('ko')
  await screen.findByText(/보관자가 진술되지 않았습니다/)
})

test('a hash from paper says which it is, or how near', async () => {
  const { user } = await opened()
  await user.click(screen.getByRole('button', { name: 'Custody' }))
  const typed = await screen.findByRole('textbox', { name: 'A hash from paper' })
  await user.type(typed, '825AC373 AFF4D5AF 610BC445 129F317E{Enter}')
  await screen.findByText(/Nearest, 1 digit differs: MD5 of the media of evidence 1/)
  await user.type(typed, '{Backspace}D{Enter}')
  await screen.findByText('equal')
  expect(await violations()).toEqual([])
})

test('a record needs item, holder and a start with its zone', async () => {
  const { user, host } = await opened()
  await user.click(screen.getByRole('button', { name: 'Custody' }))
  await user.click(await screen.findByRole('button', { name: 'Add a record…' }))
  const form = screen.getByRole('form', { name: 'Add a record…' })
  const save = within(form).getByRole('button', { name: 'Add to the ledger' })
  await user.type(within(form).getByLabelText('Item'), 'E-2')
  await user.type(within(form).getByLabelText('Holder'), 'Officer B')
  await user.type(within(form).getByLabelText('From (with zone)'), '2025-06-24T10:00')
  expect(save).toHaveProperty('disabled', true)
  await user.type(within(form).getByLabelText('From (with zone)'), '+09:00')
  expect(await violations()).toEqual([])
  await user.click(save)
  await screen.findByRole('heading', { name: 'E-2' })
  const asked = host.asked.find((r) => r.ask === 'custody' && r.asked.act === 'add')
  expect(asked).toMatchObject({ asked: { record: { item: 'E-2', holder: 'Officer B', from: '2025-06-24T10:00+09:00', to: null, hashes: [] } } })
})

test('by keyboard alone: tag, note and bookmark a row, and find it again', async () => {
  const { user, grid, host } = await opened()
  grid.focus()
  await user.keyboard('g')
  const tag = await screen.findByRole('textbox', { name: 'Tag' })
  await vi.waitFor(() => expect(document.activeElement).toBe(tag))
  await user.keyboard('relevant{Enter}')
  await screen.findByRole('button', { name: 'Take back the tag relevant' })
  grid.focus()
  await user.keyboard('n')
  const note = screen.getByRole('textbox', { name: 'Note' })
  await vi.waitFor(() => expect(document.activeElement).toBe(note))
  await user.keyboard('read this')
  await user.click(screen.getByRole('button', { name: 'Add note' }))
  await screen.findByText('read this')
  grid.focus()
  await user.keyboard('b')
  await vi.waitFor(() => expect(screen.getByRole('button', { name: 'Bookmark' }).getAttribute('aria-pressed')).toBe('true'))
  expect(await violations()).toEqual([])
  const kinds = host.asked.flatMap((r) => (r.ask === 'annotations' && r.asked.act === 'add' ? [r.asked.kind] : []))
  expect(kinds).toEqual(['tag', 'note', 'bookmark'])
  await user.click(screen.getByRole('button', { name: 'Annotated' }))
  await screen.findByText('relevant')
  expect(await violations()).toEqual([])
  await user.click(screen.getAllByRole('button', { name: 'Take back' })[0]!)
  await vi.waitFor(() => expect(host.asked.some((r) => r.ask === 'annotations' && r.asked.act === 'remove')).toBe(true))
})
