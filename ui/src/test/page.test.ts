// The whole page over the fixture: what a person does, by mouse and by keyboard alone.
import { cleanup, render, screen, within } from '@testing-library/svelte'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import Page from '../Page.svelte'
import { App } from '../state/app.svelte'
import { prefs } from '../state/prefs.svelte'
import { setLanguage } from '../text/index.svelte'
import { fixture } from './fixture'
import { opened, page, violations } from './opened'

beforeEach(() => {
  setLanguage('en')
  if (prefs.facets) prefs.toggleFacets()
})
afterEach(cleanup)

const settled = () => new Promise((resolve) => setTimeout(resolve, 50))

test('the start screen names what can be done and has no accessibility fault', async () => {
  page()
  await screen.findByRole('button', { name: 'Open a case…' })
  expect(screen.getByText('file not found')).toBeDefined()
  expect(await violations()).toEqual([])
})

test('a case opens as an ARIA grid that says how long it is', async () => {
  const { grid } = await opened()
  expect(grid.getAttribute('aria-rowcount')).toBe('12345679')
  expect(screen.getByText('12,345,678 of 12,345,678')).toBeDefined()
  expect(within(screen.getByRole('navigation')).getByRole('button', { name: /Accessed/ }).getAttribute('aria-current')).toBe('page')
  expect(await violations()).toEqual([])
})

test('by keyboard alone: move, open, verify the proof, close', async () => {
  const { user, grid, host } = await opened()
  grid.focus()
  await user.keyboard('{ArrowDown}{ArrowRight}')
  expect(grid.getAttribute('aria-activedescendant')).toBe('cell-1-1')
  await user.keyboard('{Enter}')
  await screen.findByRole('heading', { name: /deleted invoice\\u\{202e\}gnp.exe/ })
  await settled()
  expect(screen.getByText('sequence number 4, entry says 3')).toBeDefined()
  await user.keyboard('p')
  await screen.findByText('The proof holds')
  expect(host.asked.some((r) => r.ask === 'proof' && r.table === 'event')).toBe(true)
  expect(screen.getByText('not checked')).toBeDefined()
  expect(await violations()).toEqual([])
  grid.focus()
  await user.keyboard('{Escape}')
  await vi.waitFor(() => expect(screen.queryByText('The proof holds')).toBeNull())
})

test('a filter says n of m and can be removed', async () => {
  const { user, host, grid } = await opened()
  grid.focus()
  await user.keyboard('{ArrowRight}{ArrowRight}F')
  await screen.findByText('filtered: 1,763,668 of 12,345,678')
  const counted = host.asked.filter((r) => r.ask === 'count').at(-1)
  expect(counted?.ask === 'count' && counted.query.filters).toEqual([{ column: 'actor', op: '=', values: ['user-0'] }])
  await user.click(screen.getByRole('button', { name: 'Remove: Actor is user-0' }))
  await screen.findByText('12,345,678 of 12,345,678')
})

test('a row that stands for many leads to its rows', async () => {
  const { user, host } = await opened()
  await user.keyboard('3')
  const grid = await screen.findByRole('grid', { name: 'Requests by actor' })
  await screen.findByText('user-0')
  grid.focus()
  await user.keyboard('{Enter}')
  await screen.findByRole('grid', { name: 'Accessed' })
  const rows = host.asked.filter((r) => r.ask === 'rows').at(-1)
  expect(rows?.ask === 'rows' && rows.query.filters).toEqual([{ column: 'actor', op: '=', values: ['user-0'] }])
})

test('the palette and the sheet of keys open by key and are accessible', async () => {
  const { user } = await opened()
  await user.keyboard('?')
  await screen.findByRole('dialog', { name: 'Keys' })
  expect(await violations()).toEqual([])
  await user.keyboard('{Escape}')
  await vi.waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  await user.keyboard('{Control>}k{/Control}')
  await screen.findByRole('dialog')
  expect(await violations()).toEqual([])
  await user.type(screen.getByRole('combobox'), 'Sources')
  await user.keyboard('{Enter}')
  await screen.findByRole('grid', { name: 'Sources' })
})

test('evidence is looked at before it is imported, and an import can be stopped', async () => {
  const { user, host } = await opened()
  await user.keyboard('i')
  await user.click(await screen.findByRole('button', { name: 'Choose files…' }))
  await screen.findByText('BitLocker on volume 2')
  expect(screen.getByText('no file system recognised')).toBeDefined()
  expect(host.asked.some((r) => r.ask === 'import')).toBe(false)
  expect(await violations()).toEqual([])
  await user.type(screen.getByLabelText('Label'), 'Exhibit 3')
  await user.click(screen.getByRole('button', { name: 'Import' }))
  await user.click(await screen.findByRole('button', { name: 'Cancel' }))
  await screen.findByText(/Stopped. What was imported stays valid/)
  expect(host.asked.find((r) => r.ask === 'import')).toMatchObject({ handles: ['h1'], label: 'Exhibit 3', profile: null })
})

test('a verification tells first what was not covered', async () => {
  const { user } = await opened()
  await user.click(screen.getByRole('button', { name: 'Verify…' }))
  await user.click(await screen.findByRole('button', { name: 'Verify' }))
  await screen.findByText('consistent, not anchored', { selector: 'strong *, strong' })
  const headings = screen.getAllByRole('heading', { level: 2 }).map((h) => h.textContent)
  expect(headings).toEqual(['Not covered (1)', 'Checked (2)'])
  expect(await violations()).toEqual([])
})

test('the language changes on the spot', async () => {
  await opened()
  setLanguage('ko')
  await screen.findByRole('grid', { name: '접근' })
  expect(document.documentElement.lang).toBe('ko')
  expect(screen.getByText('12,345,678 중 12,345,678')).toBeDefined()
})

test('an error shows message, code and hint', async () => {
  const host = fixture()
  host.ask = () => Promise.reject({ code: 'not-a-case', message: 'x.db is not a Casebook case', hint: 'Open a file made by Casebook.' })
  render(Page, { app: new App(host) })
  const alert = await screen.findByRole('alert')
  expect(alert.textContent).toContain('x.db is not a Casebook case')
  expect(alert.textContent).toContain('not-a-case')
  expect(alert.textContent).toContain('Open a file made by Casebook.')
})
