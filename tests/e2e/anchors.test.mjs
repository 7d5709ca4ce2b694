// Keys that give way to others, and time-stamps by an authority, in Chromium; the command line judges.
import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { newAuthority } from './authority.mjs'
import { logs, newCase, run, serve } from './casebook.mjs'
import { browserAt, faults, fits, openAt, tagFirstRow } from './chromium.mjs'
import { SLOW, cardOf, fillKey, keyName, makeKey, unlock, useKey } from './keys.mjs'

const first = keyName('first')
const second = keyName('second')
const folder = mkdtempSync(join(tmpdir(), 'casebook-e2e-'))
let browser
let server
let path

before(async () => {
  path = newCase('Anchors', logs)
  server = await serve(path)
  browser = await browserAt()
})
after(async () => {
  await browser?.close()
  server?.stop()
})

async function openHeads() {
  const page = await openAt(browser, server.address)
  await page.getByRole('button', { name: 'Head and keys' }).click()
  await page.getByRole('heading', { name: 'The head now' }).waitFor()
  return page
}

/** The checks of a name in the report of `casebook verify`, which accepts the case. */
function verified(name) {
  const report = JSON.parse(run('verify', path, '--json'))
  assert.ok(report.checks.every((c) => c.ok !== false), JSON.stringify(report.checks.filter((c) => c.ok === false)))
  return report.checks.filter((c) => c.name === name)
}

/** Any act that is an entry. */
async function act(page, tag) {
  await page.keyboard.press('1')
  await tagFirstRow(page, tag)
  await page.getByRole('button', { name: 'Head and keys' }).click()
}

test('a key gives way to another, which signs what comes after; verify names both', async () => {
  const page = await openHeads()
  for (const key of [first, second]) {
    await fillKey(page, key)
    await makeKey(page, key)
    if (key === first) await useKey(page, key)
  }
  const old = cardOf(page, first)
  await old.getByLabel('Replace by').selectOption({ label: second })
  await fits(page, 'heads-rotate')
  await old.getByRole('button', { name: 'Replace', exact: true }).click()
  await page.getByText(`Signed by ${second}.`).waitFor(SLOW)
  await cardOf(page, second).getByRole('button', { name: 'Revoke…' }).waitFor()
  assert.equal(await cardOf(page, first).getByRole('button', { name: 'Revoke…' }).count(), 0)
  await page.context().close()

  // A program that starts anew holds the key locked: what is written then is unsigned until it is sealed.
  server.stop()
  server = await serve(path)
  const anew = await openHeads()
  await act(anew, 'written without a key')
  await anew.getByText(/^Not signed: the case has a key/).waitFor()
  await unlock(anew, second)
  await anew.getByRole('button', { name: 'Sign now' }).click()
  await anew.getByText(`Signed by ${second}.`).waitFor()
  const says = verified('signatures').map((c) => c.says).join('\n')
  for (const key of [first, second]) assert.match(says, new RegExp(`\\d+ by ${key}\\+`))
  await anew.context().close()
})

test('a time-stamp of an authority is added, shown and verified; a reply for another checkpoint is refused', async () => {
  const page = await openHeads()
  const authority = newAuthority()
  const choose = (form, files) => Promise.all(Object.entries(files).map(([label, file]) => form.getByLabel(label, { exact: true }).setInputFiles(file)))
  /** Request and checkpoint that the page makes. */
  const requested = async (name) => {
    const files = []
    const both = new Promise((resolve) => page.on('download', (file) => files.push(file) === 2 && resolve()))
    await page.getByRole('button', { name: 'Make a request…' }).click()
    await both
    page.removeAllListeners('download')
    for (const file of files) copyFileSync(await file.path(), join(folder, `${name}.${file.suggestedFilename().split('.').at(-1)}`))
    return { request: join(folder, `${name}.tsq`), note: join(folder, `${name}.note`) }
  }
  const before = await requested('before')
  await act(page, 'written after the request')
  await page.getByText('No time-stamp was added').waitFor()
  const now = await requested('now')

  await page.getByRole('button', { name: 'Add a reply…' }).click()
  const form = page.getByRole('form', { name: 'Reply of a time-stamping authority' })
  const add = form.getByRole('button', { name: 'Check and add' })
  await choose(form, { 'Reply (.tsr)': authority.reply(before.request), 'Checkpoint it is for (.note)': now.note, 'Certificates of the authority (PEM)': authority.chain })
  await add.click()
    await form.getByRole('alert').getByText(/the token is over other bytes/).waitFor()
  assert.match(faults.pop() ?? '', /status of 4\d\d/)
  assert.deepEqual(JSON.parse(run('timestamp', 'list', path, '--json')), [])
  await fits(page, 'heads-reply-refused')

  await choose(form, { 'Reply (.tsr)': authority.reply(now.request), 'Request (.tsq)': now.request })
  await add.click()
  const row = page.getByRole('row', { name: /CN=Example signer/ })
  await row.getByText('holds', { exact: true }).waitFor()
  await fits(page, 'heads-stamped')
  const [stamp] = JSON.parse(run('timestamp', 'list', path, '--json'))
  await row.getByText(stamp.time).waitFor()
  assert.equal(stamp.path.length, 2, 'the chain was kept')
  assert.ok(verified('timestamps').some((c) => c.ok === true && c.says.includes('existed at')))
  await page.context().close()
})

test('a revoked key signs the case no more', async () => {
  const page = await openHeads()
  await cardOf(page, second).getByRole('button', { name: 'Revoke…' }).click()
  const form = page.getByRole('form', { name: `Revoke ${second}` })
  assert.equal(await form.getByRole('button', { name: 'Revoke the key' }).isDisabled(), true, 'a reason is wanted')
  await form.getByLabel('Reason').fill('the machine was stolen')
  await form.getByRole('button', { name: 'Revoke the key' }).click()
  await page.getByText(/^Unsigned: the case has no key/).waitFor()
  await page.getByText(/^The case has no key[.,]/).waitFor()
  assert.deepEqual(JSON.parse(run('key', 'list', path, '--json')), [])
  assert.ok(verified('signatures').some((c) => c.ok === null && c.says.includes('as the case had no key')))
  // It does not come back, and is not offered.
  assert.equal(await cardOf(page, second).count(), 0)
  await fits(page, 'heads-revoked')
  await page.context().close()
})

test('nothing was said on the console', () => assert.deepEqual(faults, []))
