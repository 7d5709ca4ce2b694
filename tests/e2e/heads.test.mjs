// Keys, signed heads, disclosure packages and what people record, in Chromium over `casebook serve`.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { browserAt, faults, filterBy, fits, openAt, tagFirstRow } from './chromium.mjs'
import { countOf, logs, newCase, run, serve, shown } from './casebook.mjs'
import { SLOW, cardOf, fillKey, keyName, makeKey, unlock, useKey } from './keys.mjs'

const verifier = resolve(import.meta.dirname, '../../verifiers/verify.py')

let browser
let server
let path
const key = keyName('examiner')

before(async () => {
  path = newCase('Heads', logs)
  server = await serve(path)
  browser = await browserAt()
})
after(async () => {
  await browser?.close()
  server?.stop()
})

const open = (options) => openAt(browser, server.address, options)

test('a key in a file under a passphrase is made, used, and signs the head', async () => {
  const page = await open()
  await page.keyboard.press('Shift+Digit8')
  await page.getByText(/^Unsigned: the case has no key/).waitFor()
  await fits(page, 'heads-without-key')
  await fillKey(page, key)
  await fits(page, 'heads-new-key')
  await makeKey(page, key)
  await useKey(page, key)
  await page.context().close()
})

test('a program that starts anew unlocks the key and signs what was written meanwhile', async () => {
  server.stop()
  server = await serve(path)
  const page = await open()
  // The key is locked now, so that this entry is not signed.
  await page.getByRole('button', { name: 'Custody' }).click()
  await page.getByRole('button', { name: 'Add a record…' }).click()
  const form = page.getByRole('form', { name: 'Add a record…' })
  await form.getByLabel('Item', { exact: true }).fill('E-1')
  await form.getByLabel('Holder', { exact: true }).fill('Officer A')
  await form.getByLabel('From (with zone)').fill('2025-06-24T10:00+09:00')
  await form.getByLabel('To (with zone)').fill('2025-06-24T18:30+09:00')
  await form.getByRole('button', { name: 'Add to the ledger' }).click()
  await page.getByRole('heading', { name: 'E-1' }).waitFor()
  assert.match(run('custody', path), /Officer A/)

  await page.getByRole('button', { name: 'Head and keys' }).click()
  await page.getByText(/^Not signed: the case has a key/).waitFor()
  const card = cardOf(page, key)
  await card.getByText('locked', { exact: true }).waitFor()
  await card.getByLabel(`Passphrase of ${key}`).fill('not this one')
  await card.getByRole('button', { name: 'Unlock' }).click()
  await card.getByRole('alert').waitFor(SLOW)
  assert.match(faults.pop() ?? '', /status of 422/)
  assert.equal(await card.getByLabel(`Passphrase of ${key}`).inputValue(), '')
  await fits(page, 'heads-locked')
  await unlock(page, key)
  await page.getByRole('button', { name: 'Sign now' }).click()
  await page.getByText(`Signed by ${key}.`).waitFor()

  const note = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save checkpoint…' }).click()
  assert.match(readFileSync(await (await note).path(), 'utf8'), new RegExp(`\n— ${key} `))
  const sheet = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Print sheet (PDF)…' }).click()
  assert.equal(readFileSync(await (await sheet).path()).subarray(0, 5).toString(), '%PDF-')
  await page.context().close()
})

test('the filtered timeline is disclosed with subjects masked, and a stranger finds it consistent', async () => {
  const page = await open()
  await page.keyboard.press('7')
  await page.getByRole('grid', { name: 'Timeline' }).waitFor()
  await filterBy(page, 'Subject', 'contains', '1000000')
  const n = countOf(path, 'timeline', 'subject contains 1000000')
  assert.ok(n > 0)
  await page.getByText(`filtered: ${shown(n)} of`).waitFor()
  await page.getByRole('button', { name: 'Disclose…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Disclose rows' })
  await dialog.getByText(`${shown(n)} rows`).waitFor()
  await dialog.getByText('Subject contains').waitFor()
  await dialog.getByRole('checkbox', { name: /^Subjects/ }).check()
  await dialog.getByLabel(/Who gets it/).fill('The other side')
  await fits(page, 'disclose')
  await dialog.getByRole('button', { name: 'Write the package' }).click()
  await dialog.getByText('The package is written and checked').waitFor(SLOW)
  await dialog.getByText(`subjects: ${shown(n)}`).waitFor()
  await fits(page, 'disclosed')
  const saved = page.waitForEvent('download')
  await dialog.getByRole('button', { name: 'Download the package' }).click()
  const file = join(mkdtempSync(join(tmpdir(), 'casebook-e2e-')), 'timeline.zip')
  copyFileSync(await (await saved).path(), file)
  const report = JSON.parse(execFileSync('python3', ['-I', verifier, file, '--json'], { encoding: 'utf8' }))
  assert.equal(report.verdict, 'consistent')
  assert.deepEqual(report.faults, [])
  assert.ok(report.not_covered.includes(`${n} fields event_subject are masked`), report.not_covered.join('; '))
  const sum = execFileSync('sha256sum', [file], { encoding: 'utf8' }).slice(0, 64)
  await dialog.getByText(sum).waitFor()
  await page.context().close()
})

test('a row is tagged, and the tag is taken back', async () => {
  const page = await open()
  await tagFirstRow(page, 'to be read')
  assert.match(run('annotations', path), /to be read/)
  await page.getByRole('button', { name: 'Take back the tag to be read' }).click()
  await page.getByRole('button', { name: 'Take back the tag to be read' }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Annotated' }).click()
  await page.getByText(/^No row of this case is annotated/).waitFor()
  await page.getByLabel('Also those taken back').check()
  await page.getByText(/^taken back by entry/).waitFor()
  await page.context().close()
})

test('every row of a filter is tagged, and no other; the count is told before', async () => {
  const page = await open()
  const n = countOf(path, 'accessed', 'status = 404')
  assert.ok(n > 1 && n < countOf(path, 'accessed'))
  await filterBy(page, 'Status', 'is', '404')
  await page.getByText(`filtered: ${shown(n)} of`).waitFor()
  await page.getByRole('grid').focus()
  await page.keyboard.press('Shift+G')
  const dialog = page.getByRole('dialog', { name: 'Tag all rows in the filter' })
  await dialog.getByText(`${shown(n)} rows`, { exact: true }).waitFor()
  await dialog.getByLabel('Tag', { exact: true }).fill('not found')
  await fits(page, 'tag-all')
  await dialog.getByRole('button', { name: `Tag ${shown(n)} rows` }).click()
  await page.getByText(`Tagged: ${shown(n)} rows.`).waitFor()
  const [tag, ...others] = JSON.parse(run('annotations', path, '--json')).filter((a) => a.kind === 'tag' && a.removed_by === null)
  assert.deepEqual([tag.text, tag.row_count, others.length], ['not found', n, 0])
  // Each row of the filter bears it; the page shows it, and takes it back from all of them.
  const ids = run('view', path, 'accessed', '--format', 'jsonl', '--where', 'status = 404').split('\n').flatMap((line) => JSON.parse(line || '{}').event_id ?? [])
  assert.deepEqual(tag.rows.map((r) => String(r.row.id)).toSorted(), ids.map(String).toSorted())
  await page.locator('#cell-0-0').click()
  await page.getByText(`×${n}`, { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Take back the tag not found' }).click()
  await page.getByRole('button', { name: 'Take back the tag not found' }).waitFor({ state: 'detached' })
  assert.deepEqual(JSON.parse(run('annotations', path, '--json')), [])
  await page.context().close()
})

test('head, keys and disclosure in Korean, dark and small: readable and not cut', async () => {
  const page = await open({ language: 'ko', colorScheme: 'dark', viewport: { width: 1024, height: 700 } })
  await page.keyboard.press('Shift+Digit8')
  await page.getByRole('heading', { name: '타임스탬프' }).waitFor()
  await page.getByRole('button', { name: '응답 추가…' }).click()
  await page.getByRole('button', { name: '폐기…' }).click()
  await fits(page, 'heads-ko-dark-small')
  await page.keyboard.press('1')
  await page.getByRole('grid').waitFor()
  await page.keyboard.press('d')
  await page.getByRole('dialog').getByText(/^\d+행$/).waitFor()
  await fits(page, 'disclose-ko-dark-small')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('Shift+G')
  await page.getByRole('dialog').getByText(/^\d+행$/).waitFor()
  await fits(page, 'tag-all-ko-dark-small')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('Shift+Digit2')
  await page.getByText('국가 표', { exact: true }).click()
  await page.getByText(/casebook countries/).waitFor()
  await fits(page, 'countries-ko-dark-small')
  await page.context().close()
})

test('nothing was said on the console', () => assert.deepEqual(faults, []))
