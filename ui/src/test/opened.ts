// The page over the fixture with its sample case open, and what an accessibility check says of it.
import { render, screen } from '@testing-library/svelte'
import { userEvent } from '@testing-library/user-event'
import axe from 'axe-core'
import Page from '../Page.svelte'
import { App } from '../state/app.svelte'
import { fixture } from './fixture'

export async function violations(): Promise<string[]> {
  // Colours need a layout, which jsdom has not; contrast is checked in the browser tests.
  const found = await axe.run(document, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } })
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')}`)
}

/** The start screen. */
export function page() {
  const host = fixture()
  const app = new App(host)
  render(Page, { app })
  return { host, app, user: userEvent.setup() }
}

/** Its sample case; `cell` is a text of the table that tells that rows were read. */
export async function opened(cell = 'user-0') {
  const { host, app, user } = page()
  await user.click(await screen.findByRole('button', { name: 'Open the sample case' }))
  const grid = await screen.findByRole('grid', { name: 'Accessed' })
  await screen.findAllByText(cell)
  return { host, app, user, grid }
}
