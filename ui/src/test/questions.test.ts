// The pages of questions over the fixture, by mouse and by keyboard.
import { cleanup, fireEvent, screen, within } from '@testing-library/svelte'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { JobProgress, Request } from '../api.gen'
import { setLanguage } from '../text/index.svelte'
import { opened, violations } from './opened'

beforeEach(() => setLanguage('en'))
afterEach(cleanup)

test('coverage tells what is missing in words, and a day leads to the timeline by keyboard', async () => {
  const { app, host, user } = await opened()
  await fireEvent.keyDown(document.body, { key: '!', code: 'Digit1', shiftKey: true })
  const strip = await screen.findByRole('slider', { name: /gw-02/ })
  expect(screen.getByText('hole 2025-06-10 03:00:00Z to 2025-06-11 09:00:00Z, 30 h')).toBeDefined()
  expect(screen.getByText('gw-02/access-2025-06-20.log')).toBeDefined()
  expect(screen.getByText('Holes were not looked for: times of files follow no rhythm.')).toBeDefined()
  expect(screen.getByText(/events outside the period shown/)).toBeDefined()
  expect(screen.getByText('1 event far from the rest, 1970-01-01 00:00:00Z to 1970-01-01 01:00:00Z: left out when holes were looked for')).toBeDefined()
  expect(screen.getByText(/^1 more stream has this name/)).toBeDefined()
  expect(screen.getByText(/Holes shorter than about 3 h cannot be seen/)).toBeDefined()
  expect(await violations()).toEqual([])
  strip.focus()
  await user.keyboard('{Home}{ArrowRight}')
  expect(strip.getAttribute('aria-valuetext')).toBe('2025-06-02 UTC: 1,000 events')
  await user.keyboard('{Shift>}{ArrowRight}{/Shift}{Enter}')
  expect(app.screen).toBe('view')
  const rows = host.asked.findLast((r) => r.ask === 'count')
  expect(rows?.ask === 'count' && [rows.view, rows.query.from, rows.query.to]).toEqual(['timeline', '2025-06-02', '2025-06-04'])
})

test('the retention calculator gives three numbers in words and names what it touches', async () => {
  const { user } = await opened()
  await user.click(screen.getByRole('button', { name: 'Coverage' }))
  await user.click(await screen.findByText('Retention calculator'))
  await user.type(screen.getByLabelText('Day keeping was ordered'), '2025-08-18')
  await user.click(screen.getByRole('button', { name: 'Answer' }))
  await screen.findByText(/19 days of the period in question without an event would not have been kept/)
  expect(screen.getByText(/^Q5: which accounts/)).toBeDefined()
  setLanguage('ko')
  await screen.findByText(/^Q5: 어느 계정에/)
  expect(await violations()).toEqual([])
})

test('a cell that names an actor opens the report, whose values open their rows', async () => {
  const { host, user } = await opened()
  screen.getByRole('grid').focus()
  await user.keyboard('{ArrowRight}{ArrowRight}a')
  await screen.findByText('7.9% of all 31,284 requests in the case, at any time')
  expect(host.asked.find((r) => r.ask === 'actor')).toMatchObject({ question: { kind: 'actor', name: 'user-0', zone_minutes: 0 } })
  expect(screen.getByText(/^67.6% of the steps/)).toBeDefined()
  expect(screen.getByText(/Answered from 2 streams of logs.*1 hole; 1 file of a series not there/s)).toBeDefined()
  expect(await violations()).toEqual([])
  await user.selectOptions(screen.getByLabelText('Zone for hours and weekdays'), 'UTC+09:00')
  await screen.findByText('Requests by hour of the day, UTC+09:00', { selector: 'figcaption' })
  await user.click(within(screen.getByRole('heading', { name: /^Addresses/ }).closest('section') as HTMLElement).getByText('203.0.113.77'))
  const counted = host.asked.findLast((r) => r.ask === 'count')
  expect(counted?.ask === 'count' && counted.query.filters).toEqual([{ column: 'actor', op: '=', values: ['user-0'] }, { column: 'address', op: '=', values: ['203.0.113.77'] }])
})

const RUNNING: JobProgress = { state: 'running', phase: 'reading', item: '', bytes_done: '0', bytes_total: null, files: '0', rows: '0', rows_total: null, findings: '0', seconds: 0, seconds_left: null, error: null, verification: null, answer: null }

/** A host on which one question is never answered: `reached` is all that is told of it. */
function stuck(host: Awaited<ReturnType<typeof opened>>['host'], ask: Request['ask'], reached: Partial<JobProgress>) {
  const begin = host.begin.bind(host)
  host.begin = ((question, answer) => (question.ask === ask ? Promise.resolve({ answer: 'job', job: 7 }) : begin(question, answer))) as typeof host.begin
  const follow = host.follow.bind(host)
  host.follow = (job, report) => {
    if (job !== 7) return follow(job, report)
    report({ ...RUNNING, ...reached })
    return new Promise(() => {})
  }
}

test('a long answer says that it is read, and can be left', async () => {
  const { app, host, user } = await opened()
  stuck(host, 'actor', { rows: '50000' })
  app.showActor('address', '198.51.100.9')
  await screen.findByText('reading… 0 s')
  await screen.findByText('50,000 rows read')
  await user.click(screen.getByRole('button', { name: 'Stop' }))
  await screen.findByText(/^Stopped before/)
  expect(host.asked).toContainEqual({ ask: 'cancel', job: 7 })
  // Leaving the page stops the work too.
  host.asked.length = 0
  await user.click(screen.getByRole('button', { name: 'Answer' }))
  await screen.findByText('50,000 rows read')
  app.screen = 'view'
  await vi.waitFor(() => expect(host.asked).toContainEqual({ ask: 'cancel', job: 7 }))
})

for (const [ask, page] of [['counts', 'Counts'], ['coverage', 'Coverage'], ['retention', 'Coverage']] as const) {
  test(`an answer of ${ask} says how many rows of how many are read, and can be stopped`, async () => {
    const { host, user } = await opened()
    stuck(host, ask, { rows: '5000', rows_total: '20001' })
    await user.click(within(screen.getByRole('navigation')).getByRole('button', { name: page }))
    if (ask === 'retention') {
      await user.click(await screen.findByText('Retention calculator'))
      await user.type(screen.getByLabelText('Day keeping was ordered'), '2025-11-20')
      await user.click(screen.getByRole('button', { name: 'Answer' }))
    }
    await screen.findByText('5,000 of 20,001 rows read')
    expect(screen.getByRole('progressbar').getAttribute('value')).toMatch(/^0\.2499/)
    expect(await violations()).toEqual([])
    await user.click(screen.getByRole('button', { name: 'Stop' }))
    await screen.findByText(/^Stopped before/)
    expect(host.asked).toContainEqual({ ask: 'cancel', job: 7 })
    await user.click(screen.getByRole('button', { name: 'Ask again' }))
    await screen.findByText('5,000 of 20,001 rows read')
  })
}

test('counts say that rows overlap, and what their numbers are', async () => {
  const { host, user } = await opened()
  await user.click(screen.getByRole('button', { name: 'Counts' }))
  await screen.findByText(/They are not to be added/)
  expect(screen.getByText(/^distinct subjects \(accounts\)/)).toBeDefined()
  expect(await violations()).toEqual([])
  const saved = vi.spyOn(host, 'ask')
  await user.click(screen.getByRole('button', { name: 'Save as CSV…' }))
  expect(saved).toHaveBeenCalledWith(expect.objectContaining({ ask: 'save_text', name: 'counts.csv' }))
  await user.click(screen.getByRole('checkbox', { name: 'Day' }))
  await vi.waitFor(() => expect(host.asked.findLast((r) => r.ask === 'counts')).toMatchObject({ question: { by: ['kind', 'day'] } }))
})

test('a figure shows its standing and its line, and one is added with its query', async () => {
  const { host, user } = await opened()
  await user.click(screen.getByRole('button', { name: 'Figures' }))
  await screen.findByText('reproduced')
  expect(screen.getByText(/^differs/).textContent).toContain('found: 5,500')
  expect(screen.getByText('superseded by figure 2')).toBeDefined()
  await user.click(screen.getByRole('button', { name: 'Add a figure…' }))
  await screen.findByText('gives 5,500 accounts now')
  expect(await violations()).toEqual([])
  await user.type(screen.getByLabelText('Value'), '5500')
  await user.type(screen.getByLabelText('Stated on'), '2025-11-21')
  await user.type(screen.getByLabelText('Stated by'), 'Example Ltd')
  await user.type(screen.getByLabelText('What was counted'), 'accounts served')
  await user.selectOptions(screen.getByLabelText('Takes the place of'), 'Figure 2: 5,500 accounts')
  await user.click(screen.getByRole('button', { name: 'Add to the ledger' }))
  await screen.findByText('Figure 4 is in the ledger.')
  expect(host.asked.find((r) => r.ask === 'add_figure')).toMatchObject({ figure: { value: 5500, unit: 'accounts', supersedes: 2, query: { by: [], asked: false } } })
})

test('a comparison tells first what was not covered', async () => {
  const { user } = await opened()
  await user.click(screen.getByRole('button', { name: 'Logs and files' }))
  await user.type(await screen.findByLabelText('Part of the path of the files'), 'customers')
  await user.click(screen.getByRole('button', { name: 'Answer' }))
  await screen.findByText('1,882')
  const headings = screen.getAllByRole('heading', { level: 2 }).map((h) => h.textContent)
  expect(headings.filter((h) => h !== 'Questions')[0]).toBe('Not covered (1)')
  expect(await violations()).toEqual([])
})

test('a mapping is previewed, corrected as text, and imported as corrected', async () => {
  const { host, user } = await opened()
  const call = host.call.bind(host)
  host.call = (async (request, answer) => {
    const got = await call(request, answer)
    if ('items' in got && got.answer === 'inspect') for (const item of got.items) Object.assign(item, { media_bytes: null, volumes: [], log_formats: [{ file: 'access.log', profile: 'combined', confidence: 97, runner_up: null, runner_up_confidence: null, zone: 'unknown' }] })
    return got
  }) as typeof host.call
  await user.keyboard('i')
  await user.click(await screen.findByRole('button', { name: 'Choose files…' }))
  await user.click(await screen.findByRole('button', { name: 'Preview and mapping of logs' }))
  await screen.findByText('180 records read, 1 not, in the first 64 KiB')
  expect(screen.getByText('garbage line')).toBeDefined()
  expect(await violations()).toEqual([])
  await user.selectOptions(screen.getByLabelText('Zone of times that state none'), '+09:00')
  await screen.findByText('corrected mapping')
  const text = screen.getByLabelText('Mapping (TOML)')
  await user.clear(text)
  await user.type(text, 'name = "mine"')
  expect(screen.getByText(/^Changed and not applied/)).toBeDefined()
  await user.click(screen.getByRole('button', { name: 'Apply and preview' }))
  await vi.waitFor(() => expect(host.asked.findLast((r) => r.ask === 'preview')).toMatchObject({ toml: 'name = "mine"', zone: '+09:00', profile: null }))
  await vi.waitFor(() => expect(screen.queryByText(/^Changed and not applied/)).toBeNull())
  await user.click(screen.getByRole('button', { name: 'Import' }))
  expect(host.asked.find((r) => r.ask === 'import')).toMatchObject({ profile: null, toml: 'name = "mine"', zone: '+09:00' })
})
