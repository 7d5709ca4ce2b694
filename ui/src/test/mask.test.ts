// What is masked on screen stands nowhere in the page, and is shown for a reason only.
import { cleanup, fireEvent, screen, within } from '@testing-library/svelte'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { MASKED_KINDS, type MaskedKind } from '../mask/mask'
import { prefs } from '../state/prefs.svelte'
import { setLanguage } from '../text/index.svelte'
import type { fixture } from './fixture'
import { opened, violations } from './opened'

const only = (...kinds: MaskedKind[]) => MASKED_KINDS.forEach((kind) => prefs.setMasked(kind, kinds.includes(kind)))

beforeEach(() => {
  setLanguage('en')
  only()
  if (prefs.facets) prefs.toggleFacets()
})
afterEach(() => {
  cleanup()
  only()
})

/** The timeline, where rows name their subjects. */
async function timeline() {
  const { host, app, user, grid: first } = await opened('requested')
  first.focus()
  await user.keyboard('5')
  const grid = await screen.findByRole('grid', { name: 'Timeline' })
  await within(grid).findAllByText('requested')
  return { host, app, user, grid }
}

const page = () => document.body.innerHTML.toLowerCase()
const reasons = (host: ReturnType<typeof fixture>) => host.asked.flatMap((r) => (r.ask === 'annotations' && r.asked.act === 'open_masked' ? [r.asked] : []))

test('nothing is masked until it is chosen, in the settings, and the choice is kept', async () => {
  const { user } = await timeline()
  expect(page()).toContain('subject-1')
  await user.click(screen.getByRole('button', { name: 'Settings' }))
  // Without a layout the menu is never placed: it counts as hidden, and what is in it has no names.
  const menu = within(await screen.findByRole('menu', { hidden: true }))
  menu.getByText(/Exports and packages hold the values all the same/)
  const subjects = menu.getByText(/^Subjects/)
  subjects.focus()
  await user.keyboard('{Enter}')
  await vi.waitFor(() => expect(subjects.getAttribute('aria-checked')).toBe('true'))
  expect(await violations()).toEqual([])
  expect(localStorage.getItem('masked')).toBe('["subject"]')
  expect(page()).not.toContain('subject-')
})

test('with subjects masked no subject stands in table, values, filter or detail', async () => {
  only('subject')
  prefs.toggleFacets()
  const { user, grid, host, app } = await timeline()
  await screen.findByText('This column is masked on screen.')
  expect(host.asked.some((r) => r.ask === 'facets' && r.view === 'timeline' && r.column === 'subject')).toBe(false)
  expect(within(grid).getAllByText('masked').length).toBeGreaterThan(5)
  expect(page()).toContain('user-1')
  grid.focus()
  await user.keyboard('{ArrowDown>6/}{Enter}')
  await screen.findByRole('heading', { name: 'Masked row' })
  // Another field that holds the value is masked with it.
  await screen.findByRole('button', { name: 'Show… Referer' })
  screen.getByText(/^The bytes show what is masked/)
  screen.getByText(/^The proof holds what is masked/)
  expect(page()).not.toContain('subject-')
  expect(await violations()).toEqual([])
  // Nor by the cell: neither copied nor told by the chip of its filter.
  const copied = vi.spyOn(navigator.clipboard, 'writeText')
  grid.focus()
  await user.keyboard('{ArrowRight}{ArrowRight}{ArrowRight}c')
  expect(copied).not.toHaveBeenCalled()
  await fireEvent.contextMenu(grid.querySelector('#cell-6-3') ?? grid)
  const menu = within(await screen.findByRole('menu'))
  expect(menu.getByRole('menuitem', { name: /^Copy/ }).getAttribute('aria-disabled')).toBe('true')
  expect(page()).not.toContain('subject-')
  await user.keyboard('{Escape}')
  grid.focus()
  await user.keyboard('{Shift>}F{/Shift}')
  await screen.findByRole('button', { name: 'Remove: Subject is masked' })
  expect(app.case?.query.filters).toEqual([{ column: 'subject', op: '=', values: ['subject-1'] }])
  expect(page()).not.toContain('subject-')
})

test('a masked field is shown for a reason, with the entry that tells of it, until another row is opened', async () => {
  only('subject', 'address')
  const { user, grid, host } = await timeline()
  grid.focus()
  await user.keyboard('{ArrowDown>6/}{Enter}')
  const show = () => screen.findByRole('button', { name: 'Show… Subject' })
  await user.click(await show())
  const reason = screen.getByLabelText('Reason')
  expect(document.activeElement).toBe(reason)
  await user.keyboard('{Escape}')
  expect(screen.queryByLabelText('Reason')).toBeNull()
  await vi.waitFor(async () => expect(document.activeElement).toBe(await show()))
  await user.keyboard('{Enter}')
  await user.type(screen.getByLabelText('Reason'), '  {Enter}')
  await screen.findByText('A reason is needed.')
  expect(reasons(host)).toEqual([])
  expect(await violations()).toEqual([])
  await user.type(screen.getByLabelText('Reason'), 'asked by the court{Enter}')
  await screen.findByText('entry 30 tells of it')
  screen.getByText('shown')
  const id = '1099511627782'
  expect(reasons(host)).toEqual([{ act: 'open_masked', table: 'event', id, field: 'subject', reason: 'asked by the court' }])
  expect(await violations()).toEqual([])
  // An address stands in the detail of an event, and with it every member of the detail.
  expect(page()).not.toContain('198.51.100.7')
  await user.click(screen.getByRole('button', { name: 'Show… Address' }))
  await user.type(screen.getByLabelText('Reason'), 'the same{Enter}')
  await screen.findByText('198.51.100.7')
  expect(reasons(host).at(-1)).toMatchObject({ field: 'detail', reason: 'the same' })
  grid.focus()
  await user.keyboard('{ArrowUp}{Enter}')
  await screen.findByText('sequence number 4, entry says 3')
  await user.keyboard('{ArrowDown}{Enter}')
  await show()
  expect(screen.queryByText('entry 30 tells of it')).toBeNull()
  expect(page()).not.toContain('198.51.100.7')
})

test('the palette masks whoever is named; pages made of such values stand back; in Korean too', async () => {
  const { user, grid } = await timeline()
  grid.focus()
  await user.keyboard('{Control>}k{/Control}')
  await user.click(await screen.findByText('Mask subjects, actors and addresses on screen'))
  expect(prefs.masked).toEqual(['subject', 'actor', 'address'])
  expect(page()).not.toMatch(/user-\d|subject-\d/)
  await user.click(within(screen.getByRole('navigation')).getByRole('button', { name: 'Actor' }))
  await screen.findByText(/^This page is made of values that are masked/)
  setLanguage('ko')
  await screen.findByText(/^이 페이지는 화면에서 가린 값/)
  expect(await violations()).toEqual([])
})
