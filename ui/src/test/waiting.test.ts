// Tables and exports that take long, over a fixture whose questions become jobs that end when the test says so.
import { cleanup, screen, within } from '@testing-library/svelte'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { JobProgress, Request, Response } from '../api.gen'
import { setLanguage } from '../text/index.svelte'
import { opened, violations } from './opened'

beforeEach(() => setLanguage('en'))
afterEach(cleanup)

const RUNNING: JobProgress = { state: 'running', phase: 'reading', item: '', bytes_done: '0', bytes_total: null, files: '0', rows: '0', rows_total: null, findings: '0', seconds: 0, seconds_left: null, error: null, verification: null, answer: null }

/** A host whose questions of these kinds become jobs: `reached` is told of each, and `end` answers them all. */
function slow(host: Awaited<ReturnType<typeof opened>>['host'], asks: Request['ask'][], reached: Partial<JobProgress>) {
  const jobs = new Map<number, { answer: Promise<Response>; done: (last: JobProgress) => void }>()
  const [begin, call] = [host.begin.bind(host), host.call.bind(host)]
  host.begin = ((question, answer) => {
    const made = begin(question, answer)
    if (!asks.includes(question.ask)) return made
    const job = 100 + jobs.size
    jobs.set(job, { answer: made, done: () => {} })
    return Promise.resolve({ answer: 'job', job })
  }) as typeof host.begin
  host.call = ((request, answer) => {
    if (request.ask === 'cancel') jobs.get(request.job)?.done({ ...RUNNING, state: 'cancelled' })
    return call(request, answer)
  }) as typeof host.call
  host.follow = (job, report) => {
    report({ ...RUNNING, ...reached })
    return new Promise((resolve) => {
      const known = jobs.get(job)
      if (known) known.done = resolve
    })
  }
  return {
    cancelled: () => host.asked.filter((r) => r.ask === 'cancel').length,
    end: async () => {
      for (const { answer, done } of jobs.values()) done({ ...RUNNING, state: 'done', answer: await answer })
    },
  }
}

const nav = () => within(screen.getByRole('navigation'))

test('a table that is summed for long says how far it is, and shows its rows at the end', async () => {
  const { host, user } = await opened()
  const waiting = slow(host, ['rows', 'count'], { rows: '7864320', rows_total: '150000000' })
  await user.click(nav().getByRole('button', { name: /Requests by actor/ }))
  await screen.findByText('7,864,320 of 150,000,000 rows read')
  expect(await violations()).toEqual([])
  await waiting.end()
  await screen.findByText('100,000')
  expect(screen.queryByText(/rows read/)).toBeNull()
  expect(waiting.cancelled()).toBe(0)
})

test('it can be stopped and asked again; another question ends it', async () => {
  const { host, user } = await opened()
  const waiting = slow(host, ['rows', 'count'], { rows: '5', rows_total: '10' })
  await user.click(nav().getByRole('button', { name: /Requests by actor/ }))
  await user.click(await screen.findByRole('button', { name: 'Stop' }))
  await screen.findByText('Stopped before it was answered.')
  await vi.waitFor(() => expect(waiting.cancelled()).toBe(2))
  expect(screen.queryByRole('alert')).toBeNull()
  await user.click(screen.getByRole('button', { name: 'Ask again' }))
  await screen.findByText('5 of 10 rows read')
  await user.click(nav().getByRole('button', { name: /Deleted/ }))
  await vi.waitFor(() => expect(waiting.cancelled()).toBe(4))
  expect(screen.queryByRole('alert')).toBeNull()
})

test('an export tells the rows it has written, and what it means to stop it', async () => {
  const { host, user } = await opened()
  const waiting = slow(host, ['export'], { rows: '12000' })
  await user.click(screen.getByRole('button', { name: /^Export/ }))
  await user.click(await screen.findByText(/CSV/))
  await screen.findByText('12,000 rows read')
  await user.click(screen.getByRole('button', { name: 'Stop' }))
  await screen.findByText('Stopped: no file was written')
  expect(waiting.cancelled()).toBe(1)
})

test('a row that is asked for before it is read opens once it is', async () => {
  const { host, user } = await opened()
  const waiting = slow(host, ['rows'], { rows: '5', rows_total: '10' })
  await user.click(nav().getByRole('button', { name: /Deleted/ }))
  screen.getByRole('grid').focus()
  await user.keyboard('{Enter}')
  expect(host.asked.some((r) => r.ask === 'detail')).toBe(false)
  await waiting.end()
  await vi.waitFor(() => expect(host.asked.some((r) => r.ask === 'detail')).toBe(true))
})
