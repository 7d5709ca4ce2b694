// The same interface in Chromium over `casebook serve`.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { browserAt, faults, filterBy, openAt, shot, violations } from './chromium.mjs'
import { bin, countOf, laptop, logs, newCase, run, serve, shown } from './casebook.mjs'

let browser
let server
let path

const open = (language = 'en', colorScheme = 'light', viewport = { width: 1440, height: 880 }, address = server.address) => openAt(browser, address, { language, colorScheme, viewport })

before(async () => {
  path = newCase('Browser test', logs)
  server = await serve(path, bin, logs)
  browser = await browserAt()
})
after(async () => {
  await browser?.close()
  server?.stop()
})

test('every view opens, counted as the command line counts', async () => {
  const page = await open()
  for (const [i, view] of ['accessed', 'deleted', 'files', 'requests-by-actor', 'data-kinds', 'subjects', 'timeline', 'findings', 'sources', 'ledger'].entries()) {
    await page.keyboard.press(String((i + 1) % 10))
    const n = shown(countOf(path, view))
    await page.getByText(`${n} of ${n}`).waitFor()
    await page.waitForTimeout(300)
    await shot(page, `browser-${view}`)
  }
  await page.context().close()
})

test('no view, pane or dialog breaks WCAG 2.2 AA, light or dark', async () => {
  for (const scheme of ['light', 'dark']) {
    const page = await open('en', scheme)
    await page.keyboard.press('v')
    await page.getByRole('grid').focus()
    await page.keyboard.press('Enter')
    await page.locator('.hex mark').first().waitFor()
    await page.keyboard.press('p')
    await page.getByText('The proof holds').waitFor()
    assert.deepEqual(await violations(page), [], `${scheme}: case`)
    await page.getByText('The proof holds').scrollIntoViewIfNeeded()
    await shot(page, `browser-detail-${scheme}`)
    for (const key of ['i', '?', 'Control+k']) {
      await page.keyboard.press(key)
      await page.getByRole('dialog').waitFor()
      await page.waitForTimeout(200)
      assert.deepEqual(await violations(page), [], `${scheme}: ${key}`)
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
    await page.getByRole('button', { name: 'Verify…' }).click()
    await page.getByRole('button', { name: 'Verify', exact: true }).first().click()
    await page.getByText('Not covered').waitFor()
    assert.deepEqual(await violations(page), [], `${scheme}: verification`)
    await page.context().close()
  }
})

test('the chart filters by dragging, and the range can be taken away', async () => {
  const page = await open()
  const chart = await page.locator('.u-over').boundingBox()
  await page.mouse.move(chart.x + chart.width * 0.3, chart.y + 20)
  await page.mouse.down()
  await page.mouse.move(chart.x + chart.width * 0.6, chart.y + 20, { steps: 6 })
  await page.mouse.up()
  await page.getByText(/^filtered: /).waitFor()
  await shot(page, 'browser-dragged')
  await page.getByRole('button', { name: 'Clear all' }).click()
  const n = shown(countOf(path, 'accessed'))
  await page.getByText(`${n} of ${n}`).waitFor()
  await page.context().close()
})

test('an export holds exactly the filtered rows', async () => {
  const page = await open()
  await filterBy(page, 'Status', 'is', '200')
  const n = countOf(path, 'accessed', 'status = 200')
  await page.getByText(`filtered: ${shown(n)} of`).waitFor()
  await page.getByRole('button', { name: 'Export' }).click()
  const saved = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: /JSON/ }).click()
  const file = await (await saved).path()
  const rows = readFileSync(file, 'utf8').split('\n').filter((line) => line.startsWith('{') && !line.includes('"filtered":'))
  assert.equal(rows.length, n)
  await page.context().close()
})

test('a summary leads to its rows', async () => {
  const page = await open()
  await page.keyboard.press('4')
  await page.getByRole('grid', { name: 'Requests by actor' }).waitFor()
  // A cell whose row is not read yet opens nothing.
  await page.getByRole('gridcell').filter({ hasText: /[A-Z0-9]/ }).first().click()
  await page.getByRole('grid', { name: 'Accessed' }).waitFor()
  await page.getByText(/^filtered: /).waitFor()
  await page.context().close()
})

test('the questions are answered as the command line answers them, light or dark', async () => {
  const case_ = newCase('Questions', ...laptop)
  const own = await serve(case_)
  const key = 'SKEBZYFCZDPDMGBSJCNM'
  const said = JSON.parse(run('actor', case_, key, '--json'))
  try {
    for (const scheme of ['light', 'dark']) {
      const page = await open('en', scheme, { width: 1280, height: 800 }, own.address)
      const looksRight = async (name) => {
        await page.waitForTimeout(300)
        await shot(page, `browser-${name}-${scheme}`)
        assert.deepEqual(await violations(page), [], `${scheme}: ${name}`)
        assert.equal(await page.evaluate(() => document.querySelector('main > .page').scrollWidth > document.querySelector('main > .page').clientWidth), false, `${name} is cut`)
      }

      await page.keyboard.press('Shift+Digit1')
      const strip = page.getByRole('slider', { name: /gw-01/ })
      await strip.focus()
      await page.keyboard.press('Home')
      assert.match(await strip.getAttribute('aria-valuetext'), /^2026-06-03 UTC: [\d,]+ events$/)
      await page.getByText('Retention calculator').click()
      await page.getByLabel('Days kept by the policy').fill('5')
      await page.getByLabel('Day keeping was ordered').fill('2026-06-12')
      await page.getByLabel('First day in question').fill('2026-06-01')
      await page.getByRole('button', { name: 'Answer' }).click()
      await page.getByText('policy: kept from 2026-06-07').waitFor()
      await looksRight('coverage')
      // A day of the strip is the time range of the timeline.
      await strip.click({ position: { x: (await strip.boundingBox()).width - 4, y: 20 } })
      await page.getByRole('grid', { name: 'Timeline' }).waitFor()
      await page.getByText('from 2026-06-10').waitFor()
      await page.getByText(/^filtered: /).waitFor()

      await page.keyboard.press('4')
      await page.getByRole('grid', { name: 'Requests by actor' }).waitFor()
      await page.getByRole('gridcell', { name: key }).first().click({ button: 'right' })
      await page.getByRole('menuitem', { name: /Report on this actor/ }).click()
      await page.getByText(`of all ${shown(said.requests_of_all)} requests in the case`).waitFor()
      await page.getByRole('button', { name: shown(said.subjects_served), exact: true }).waitFor()
      await looksRight('actor')

      await page.getByRole('button', { name: 'Counts' }).click()
      await page.getByText(/They are not to be added/).waitFor()
      await looksRight('counts')
      const saved = page.waitForEvent('download')
      await page.getByRole('button', { name: 'Save as CSV…' }).click()
      assert.match(readFileSync(await (await saved).path(), 'utf8'), /^kind,requests,distinct_subjects,distinct_third_parties\r\nname,/)

      await page.getByRole('button', { name: 'Figures' }).click()
      await page.getByRole('button', { name: 'Add a figure…' }).click()
      await page.getByLabel('Value').fill(String(said.subjects_served))
      await page.getByLabel('Stated on').fill('2026-06-20')
      await page.getByLabel('Stated by').fill('Example Ltd')
      await page.getByLabel('What was counted').fill('accounts served to the key')
      await page.getByLabel('Actor', { exact: true }).fill(key)
      await page.getByText(`gives ${shown(said.subjects_served)} accounts now`).waitFor()
      await looksRight('figures')
      await page.getByRole('button', { name: 'Add to the ledger' }).click()
      await page.getByText('reproduced', { exact: true }).first().waitFor()

      await page.getByRole('button', { name: 'Logs and files' }).click()
      await page.getByLabel('Part of the path of the files').fill('customers')
      await page.getByLabel('Actor in the logs').fill(key)
      await page.getByRole('button', { name: 'Answer' }).click()
      await page.getByRole('heading', { name: /^Not covered/ }).waitFor()
      await page.getByText('customers-0001.json').first().waitFor()
      await looksRight('compare')
      await page.context().close()
    }
  } finally {
    own.stop()
  }
})

test('logs are previewed with their mapping before an import', async () => {
  const page = await open()
  await page.keyboard.press('i')
  await page.getByRole('button', { name: /plain/ }).click()
  await page.getByRole('button', { name: 'Preview and mapping of logs' }).click()
  await page.getByText(/records read, \d+ not/).first().waitFor()
  await page.getByLabel('Zone of times that state none').selectOption('+09:00')
  await page.getByText('corrected mapping').waitFor()
  await page.getByText('Mapping (TOML)').first().click()
  await page.getByLabel('Mapping (TOML)').fill('this is no mapping')
  await page.getByRole('button', { name: 'Apply and preview' }).click()
  await page.getByRole('alert').waitFor()
  // The browser itself says on the console that the mapping was refused.
  assert.match(faults.pop() ?? '', /status of 422/)
  await shot(page, 'browser-mapping')
  assert.deepEqual(await violations(page), [])
  await page.getByRole('button', { name: 'Back to the profile' }).click()
  await page.getByText(/records read, \d+ not/).first().waitFor()
  await page.context().close()
})

test('evidence the server was started with can be imported from the page', async () => {
  const page = await open()
  await page.keyboard.press('i')
  await page.getByRole('button', { name: /recycle_bin/ }).click()
  await page.getByText('Encryption seen', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  await page.getByText('Imported', { exact: true }).waitFor({ timeout: 60_000 })
  await page.getByRole('button', { name: 'Show the rows' }).click()
  await page.keyboard.press('2')
  const n = shown(countOf(path, 'deleted'))
  await page.getByText(`${n} of ${n}`).waitFor()
  await page.context().close()
})

test('Korean, dark and small: nothing is cut', async () => {
  const page = await open('ko', 'dark', { width: 1024, height: 700 })
  await page.keyboard.press('2')
  await page.getByRole('gridcell').first().click()
  await page.getByText('근거 바이트').waitFor()
  await page.waitForTimeout(500)
  await shot(page, 'browser-ko-dark-small')
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false)
  await page.context().close()
})

test('another origin gets nothing', async () => {
  const root = new URL(server.address).origin
  for (const address of [`${root}/`, `${root}/api`, `${root}/00000000000000000000000000000000/api`]) {
    assert.equal((await fetch(address)).status, 403)
  }
  const foreign = await fetch(`${server.address}api`, { method: 'POST', body: '{"ask":"info"}', headers: { 'content-type': 'application/json', origin: 'https://evil.example' } })
  assert.equal(foreign.status, 403)
  assert.equal(foreign.headers.get('access-control-allow-origin'), null)
})

test('nothing was said on the console', () => assert.deepEqual(faults, []))
