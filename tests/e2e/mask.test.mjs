// What is masked on screen stands on no page: a subject, and the name of evidence, where people or the
// program may have written them.
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { logs, newCase, run, serve } from './casebook.mjs'
import { browserAt, faults, fits, openAt, tagFirstRow } from './chromium.mjs'

let browser
let server
let path
let subject
const evidence = () => `logs-of-${subject}`

before(async () => {
  const [line] = run('view', newCase('Subjects', logs), 'timeline', '--format', 'jsonl').split('\n').filter((l) => /"subject":"\d+"/.test(l))
  subject = JSON.parse(line).subject
  const folder = join(mkdtempSync(join(tmpdir(), 'casebook-e2e-')), evidence())
  cpSync(logs, folder, { recursive: true })
  path = newCase('Masked', folder)
  run('custody', path, '--add', '--item', `E-${subject}`, '--holder', `for ${subject}`, '--from', '2025-06-24T10:00+09:00', '--purpose', `to hear ${subject}`)
  server = await serve(path, folder)
  browser = await browserAt()
})
after(async () => {
  await browser?.close()
  server?.stop()
})

/** The pages that may tell of it, each with how to get there, and what tells that it is read. */
const PAGES = [
  ['timeline', (page) => page.keyboard.press('7'), (page) => page.locator('#cell-0-0').filter({ hasText: '2025' })],
  ['sources', (page) => page.keyboard.press('9'), (page) => page.locator('#cell-0-2').filter({ hasText: /\d/ })],
  ['ledger', (page) => page.keyboard.press('0'), (page) => page.locator('#cell-1-1').filter({ hasText: 'import.begin' })],
  ['annotated', (page) => page.keyboard.press('Shift+Digit7'), (page) => page.getByRole('button', { name: /^(Take back|되돌리기|취소)/ }).first()],
  ['custody', (page) => page.keyboard.press('Shift+Digit6'), (page) => page.getByText('2025-06-24T10:00+09:00')],
  ['entry', async (page) => {
    await page.keyboard.press('0')
    await page.locator('#cell-1-1').filter({ hasText: 'import.begin' }).click()
  }, (page) => page.getByText('RFC 9162').or(page.getByText('mono_ms')).first()],
]

const told = async (page) => {
  const attributes = await page.evaluate(() => [...document.querySelectorAll('[title], [aria-label]')].map((e) => `${e.title} ${e.ariaLabel}`).join('\n'))
  return `${await page.evaluate(() => document.body.innerText)}\n${attributes}`
}

async function mask(page, ...kinds) {
  await page.evaluate((chosen) => localStorage.setItem('masked', JSON.stringify(chosen)), kinds)
  await page.reload()
  await page.getByRole('grid').waitFor()
}

test('a masked subject stands on none of the pages that name it, nor does masked evidence', async () => {
  const page = await openAt(browser, server.address)
  await page.keyboard.press('7')
  await tagFirstRow(page, `ask ${subject}`)
  for (const masked of [false, true]) {
    if (masked) await mask(page, 'subject', 'evidence')
    for (const [name, go, read] of PAGES) {
      await go(page)
      await read(page).waitFor()
      await page.waitForTimeout(200)
      // What is not there unmasked would not show that it is masked.
      assert.equal((await told(page)).includes(subject), !masked, `${name}, ${masked ? '' : 'not '}masked`)
      if (masked) await fits(page, `masked-${name}`)
      if (name === 'entry') await page.keyboard.press('Escape')
    }
    await page.getByRole('button', { name: 'Verify…' }).click()
    await page.getByRole('button', { name: /^Compare with/ }).click()
    await page.getByRole('button', { name: 'Verify', exact: true }).first().click()
    await page.getByText('Not covered').waitFor({ timeout: 60_000 })
    assert.equal((await told(page)).includes(subject), !masked, 'verification')
    if (masked) await fits(page, 'masked-verification')
    await page.keyboard.press('i')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('listitem').getByRole('button').click()
    await dialog.getByRole('button', { name: 'Preview and mapping of logs' }).click()
    await dialog.getByRole('table').first().waitFor()
    assert.equal((await told(page)).includes(subject), !masked, 'import')
    if (masked) await fits(page, 'masked-import')
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
  }
  await page.context().close()
})

test('masked pages in Korean and dark are readable and not cut', async () => {
  const page = await openAt(browser, server.address, { language: 'ko', colorScheme: 'dark', viewport: { width: 1024, height: 700 } })
  await mask(page, 'subject', 'evidence')
  for (const [name, go, read] of PAGES) {
    await go(page)
    await read(page).waitFor()
    assert.equal((await told(page)).includes(subject), false, name)
    await fits(page, `masked-${name}-ko-dark`)
  }
  await page.context().close()
})

test('nothing was said on the console', () => assert.deepEqual(faults, []))
