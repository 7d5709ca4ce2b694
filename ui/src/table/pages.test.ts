import { expect, test, vi } from 'vitest'
import { emptyQuery } from '../state/query'
import { fixture } from '../test/fixture'
import { Waiting } from '../state/waiting.svelte'
import { BLOCK, Pages } from './pages.svelte'

const pagesAsked = (host: ReturnType<typeof fixture>) => host.asked.flatMap((r) => (r.ask === 'rows' ? [r.page] : []))

test('the next block is asked for by cursor, a far one by position', async () => {
  const host = fixture(1_000_000)
  const pages = new Pages(host, 'accessed', emptyQuery(), new Waiting())
  pages.want(0, 10)
  await vi.waitFor(() => expect(pages.row(0)).toBeDefined())
  pages.want(BLOCK, BLOCK + 10)
  await vi.waitFor(() => expect(pages.row(BLOCK)).toBeDefined())
  pages.want(900_000, 900_010)
  await vi.waitFor(() => expect(pages.row(900_000)?.id).toBe(String(1_099_511_627_776 + 900_000)))
  expect(pagesAsked(host)).toEqual([
    { by: 'first', limit: BLOCK },
    { by: 'after', cursor: String(BLOCK), limit: BLOCK },
    { by: 'at', position: '900000', limit: BLOCK },
  ])
})

test('what was scrolled past before it was begun is never asked for', async () => {
  const host = fixture(1_000_000)
  const pages = new Pages(host, 'accessed', emptyQuery(), new Waiting())
  for (let row = 0; row < 500_000; row += 10_000) pages.want(row, row + 40)
  await vi.waitFor(() => expect(pages.row(490_000)).toBeDefined())
  expect(pagesAsked(host).length).toBeLessThan(6)
})

test('a row is asked for once', async () => {
  const host = fixture(1000)
  const pages = new Pages(host, 'accessed', emptyQuery(), new Waiting())
  pages.want(0, 30)
  pages.want(0, 30)
  await vi.waitFor(() => expect(pages.row(0)).toBeDefined())
  pages.want(5, 40)
  expect(pagesAsked(host)).toHaveLength(1)
})
