// The head with its keys, disclosure and the table of countries over the fixture.
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

const acts = (host: ReturnType<typeof fixture>) => host.asked.flatMap((r) => (r.ask === 'heads' ? [r.asked] : []))

test('a locked key is unlocked, then it signs; its passphrase stays nowhere', async () => {
  const { user, host, grid } = await opened()
  grid.focus()
  await user.keyboard('{Shift>}[Digit8]{/Shift}')
  await screen.findByText(/^Not signed: the case has a key/)
  expect(await violations()).toEqual([])
  await user.click(screen.getByRole('button', { name: 'Sign now' }))
  const key = within(screen.getByRole('article', { name: 'examiner-1' }))
  await screen.findByText('examiner-1 is locked')
  const field: HTMLInputElement = key.getByLabelText('Passphrase of examiner-1')
  await user.type(field, 'wrong{Enter}')
  await key.findByText('the passphrase does not open it')
  expect(field.value).toBe('')
  await user.type(field, 'open sesame{Enter}')
  await key.findByText('ready')
  await user.click(screen.getByRole('button', { name: 'Sign now' }))
  await screen.findByText('Signed by examiner-1.')
  setLanguage('ko')
  await screen.findByText('examiner-1(으)로 서명되었습니다.')
  expect(acts(host).map((a) => a.act)).toEqual(['show', 'seal', 'unlock', 'unlock', 'seal'])
})

test('a key in a file wants its passphrase twice; then it is used, and another revoked with a reason', async () => {
  const { user, host } = await opened()
  await user.click(screen.getByRole('button', { name: 'Head and keys' }))
  await user.click(await screen.findByRole('button', { name: 'Make a key…' }))
  const form = within(screen.getByRole('form', { name: 'Make a key' }))
  const save = form.getByRole('button', { name: 'Make the key' })
  await user.type(form.getByLabelText(/^Name/), 'desk 4')
  form.getByText('A name has no space and no +.')
  await user.type(form.getByLabelText(/^Name/), '{Backspace}{Backspace}-4')
  await user.click(form.getByLabelText(/^A file under a passphrase/))
  await user.type(form.getByLabelText('Passphrase'), 'open sesame')
  await user.type(form.getByLabelText('The same passphrase again'), 'open')
  form.getByText('The two are not the same.')
  expect(save).toHaveProperty('disabled', true)
  await user.type(form.getByLabelText('The same passphrase again'), ' sesame')
  expect(await violations()).toEqual([])
  await user.click(save)
  await user.click(within(await screen.findByRole('article', { name: 'desk-4' })).getByRole('button', { name: 'Use for this case' }))
  const old = within(screen.getByRole('article', { name: 'examiner-0' }))
  await user.click(old.getByRole('button', { name: 'Revoke…' }))
  old.getByText(/What it signed before stands/)
  expect(await violations()).toEqual([])
  await user.type(old.getByLabelText('Reason'), 'the machine was stolen{Enter}')
  await vi.waitFor(() => expect(screen.queryByRole('article', { name: 'examiner-0' })).toBeNull())
  expect(acts(host)).toContainEqual({ act: 'new_key', name: 'desk-4', passphrase: 'open sesame' })
  expect(acts(host)).toContainEqual(expect.objectContaining({ act: 'revoke_key', reason: 'the machine was stolen' }))
})

test('a request is two files, a sheet is one; a checkpoint of another party is kept', async () => {
  const { user, host } = await opened()
  const saved = vi.spyOn(host, 'ask')
  await user.click(screen.getByRole('button', { name: 'Head and keys' }))
  await user.click(await screen.findByRole('button', { name: 'Make a request…' }))
  await screen.findByText('Request and note are saved.')
  await user.selectOptions(screen.getByLabelText('Language of the sheet'), 'ko')
  await user.click(screen.getByRole('button', { name: 'Print sheet (PDF)…' }))
  await vi.waitFor(() => expect(acts(host)).toContainEqual({ act: 'print', language: 'ko' }))
  expect(saved.mock.calls.map(([r]) => ('name' in r ? r.name : ''))).toEqual(['head.tsq', 'head.note', 'head.pdf'])
  await user.click(screen.getByRole('button', { name: 'Keep another party’s checkpoint…' }))
  await user.type(screen.getByLabelText('Checkpoint as text'), 'a note')
  expect(await violations()).toEqual([])
  await user.click(screen.getByRole('button', { name: 'Keep it' }))
  await vi.waitFor(() => expect(acts(host)).toContainEqual({ act: 'add_note', note: 'a note' }))
})

test('rows are disclosed with what is masked, and the package is told in figures', async () => {
  const { user, host, grid } = await opened()
  grid.focus()
  await user.keyboard('d')
  const dialog = within(await screen.findByRole('dialog', { name: 'Disclose rows' }))
  await dialog.findByText('12,345,678 rows')
  dialog.getByText(/Names of evidence files stand in the entries/)
  const annex = dialog.getByLabelText(/^Sealed annex for/)
  expect(annex).toHaveProperty('disabled', true)
  await user.click(dialog.getByLabelText(/^Subjects/))
  dialog.getByText('Since something is masked, no bytes go along under this choice.')
  await user.click(dialog.getByLabelText(/^Clean blocks/))
  await user.type(annex, 'age1short')
  expect(dialog.getByRole('button', { name: 'Choose place and write…' })).toHaveProperty('disabled', true)
  await user.clear(annex)
  await user.type(dialog.getByLabelText(/^Who gets it/), 'A court')
  expect(await violations()).toEqual([])
  await user.click(dialog.getByRole('button', { name: 'Choose place and write…' }))
  await dialog.findByText('The package is written and checked')
  dialog.getByText('events of import 1: 176 of 2,000')
  dialog.getByText('subjects: 170')
  dialog.getByText('python3 -I verify.py "timeline of June.zip"')
  expect(await violations()).toEqual([])
  expect(host.asked.find((r) => r.ask === 'disclose')).toMatchObject({ asked: { view: 'accessed', masks: ['subject'], blocks: 'clean', recipient: 'A court', annex_to: null, handle: 'h1' } })
  setLanguage('ko')
  await dialog.findByText('증거의 바이트는 넣지 않았습니다')
})

test('only views of evidence offer a disclosure', async () => {
  const { user, grid } = await opened()
  screen.getByRole('button', { name: 'Disclose…' })
  grid.focus()
  await user.keyboard('3')
  await screen.findByRole('grid', { name: 'Requests by actor' })
  expect(screen.queryByRole('button', { name: 'Disclose…' })).toBeNull()
  await user.keyboard('d')
  expect(screen.queryByRole('dialog')).toBeNull()
})

test('a table of countries is put in force, and the lines it has in vain are shown', async () => {
  const { user } = await opened()
  await user.click(within(screen.getByRole('navigation')).getByRole('button', { name: 'Actor' }))
  await user.click(await screen.findByText('Table of countries'))
  await screen.findByText(/^No table is in force/)
  await user.click(screen.getByRole('button', { name: 'Choose a table of countries…' }))
  await screen.findByText('line 3: no country')
  expect(await violations()).toEqual([])
})
