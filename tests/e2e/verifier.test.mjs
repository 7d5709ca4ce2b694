// verifiers/verify.html in Chromium, from a file address: nothing is served, and nothing is sent.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import axe from '../../ui/node_modules/axe-core/axe.js'
import { chromium } from '../../ui/node_modules/playwright-core/index.mjs'
import { cases, root, zip, zipOf } from '../verifiers/packages.mjs'
import { shots } from './webdriver.mjs'

const executablePath = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((p) => existsSync(p))
const address = pathToFileURL(join(root, 'verifiers/verify.html')).href
const folder = mkdtempSync(join(tmpdir(), 'casebook-verifier-'))
const kept = cases.find((c) => c.name === 'a kept note').since
const key = cases.find((c) => c.name === 'the key of the case').key
const stranger = cases.find((c) => c.name === 'key from elsewhere that did not sign').key

let browser
const trouble = []

before(async () => {
  assert.ok(executablePath, 'Chromium is not installed')
  mkdirSync(shots, { recursive: true })
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
})
after(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true })
})

async function open({ locale = 'en-GB', colorScheme = 'light', hash = '' } = {}) {
  const context = await browser.newContext({ locale, colorScheme, viewport: { width: 1280, height: 900 }, offline: true })
  const page = await context.newPage()
  page.on('pageerror', (error) => trouble.push(error.message))
  page.on('console', (message) => trouble.push(message.text()))
  page.on('request', (request) => request.url().startsWith('file:') || request.url().startsWith('blob:') || trouble.push(request.url()))
  await page.goto(address + hash)
  return page
}

async function give(page, name) {
  const path = join(folder, 'package.zip')
  writeFileSync(path, zipOf(name))
  await page.evaluate(() => document.getElementById('verdict')?.remove())
  await page.setInputFiles('#file', path)
  return page.locator('#verdict').innerText()
}

const WORDS = {
  'en-GB': { amber: /^AMBER\. Consistent/, red: /^RED\. Mismatch/, green: /^GREEN\. Verified/, both: /two engines, which agree/, plain: /plain JavaScript alone/, place: /import 1 event row 2/ },
  'ko-KR': { amber: /^황색\. 모순 없음/, red: /^적색\. 불일치/, green: /^녹색\. 검증됨/, both: /두 엔진이 판정했고/, plain: /JavaScript만으로/, place: /가져오기 1 이벤트 2행/ },
}

for (const locale of ['en-GB', 'ko-KR']) {
  for (const hash of ['', '#plain']) {
    test(`${locale}${hash}: a good and a broken package, in words`, async () => {
      const page = await open({ locale, hash })
      const words = WORDS[locale]
      assert.match(await give(page, 'good'), words.amber)
      assert.match(await page.locator('.engines').innerText(), hash ? words.plain : words.both)
      // What was not covered stands before the result.
      assert.equal(await page.locator('main > section').first().getAttribute('id'), 'uncovered')
      assert.match(await give(page, 'text edited'), words.red)
      assert.match(await page.locator('#faults li').first().innerText(), words.place)
      await give(page, 'good')
      for (const [typed, colour] of [[kept, words.green], [kept.trim(), words.green], [key, words.green], [stranger, words.red], ['', words.amber]]) {
        await page.locator('#trust').fill(typed)
        await page.locator('#elsewhere button').click()
        await page.waitForFunction((source) => new RegExp(source).test(document.getElementById('verdict')?.innerText ?? ''), colour.source)
      }
      await page.locator('#trust').fill('12 what')
      await page.locator('#elsewhere button').click()
      assert.notEqual(await page.locator('#elsewhere [role=alert]').innerText(), '')
      await page.context().close()
    })
  }
}

test('every row can be followed to its bytes', async () => {
  const page = await open()
  await give(page, 'good')
  await page.locator('#search').fill('customers/2')
  await page.getByText(/^[1-9] of 14 rows/).waitFor()
  await page.getByRole('button', { name: 'import 2 event row 2' }).click()
  // The span of the row, lit in the bytes of the log it was read from.
  const lit = await page.locator('.hex mark').allInnerTexts()
  assert.match(lit.join(''), /\/v1\/custom|192\.0\.2\.7/)
  await page.locator('#search').fill('')
  await page.getByRole('button', { name: 'import 1 event row 6' }).click()
  // Bidi and control characters are escapes here, never themselves.
  assert.equal(await page.locator('.detail .escape').first().innerText(), '\\u{202e}')
  assert.ok(!(await page.locator('main').innerText()).includes('\u202e'))
  await page.getByRole('button', { name: 'import 1 event row 0' }).click()
  assert.match(await page.locator('.detail').innerText(), /masked \([0-9a-f]{64}\)/)
  // Through the runs of a file and its volume to the image.
  assert.match(await page.locator('.detail').innerText(), /source 0: 90 bytes from 8192/)
  for (const tab of ['entries', 'evidence', 'head']) {
    await page.locator(`#tab-${tab}`).click()
    if (tab !== 'head') await page.locator('#panel summary').first().click()
    assert.ok((await page.locator('#panel pre').first().innerText()).length > 50, tab)
  }
  await page.context().close()
})

test('a dropped file is read, and what is no package gets no verdict', async () => {
  const page = await open()
  const drop = (bytes) => page.evaluate((given) => {
    const data = new DataTransfer()
    data.items.add(new File([Uint8Array.from(given)], 'a\u202eb.zip'))
    document.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }))
  }, [...bytes])
  await drop(zipOf('good'))
  await page.getByText(/^AMBER/).waitFor()
  await drop(Buffer.from('no zip'))
  await page.getByText('Not readable').first().waitFor()
  assert.equal(await page.locator('#look').count(), 0)
  await drop(zip(new Map([['checkpoint.note', Buffer.from('x')]])))
  await page.getByText(/^RED/).waitFor()
  await page.context().close()
})

test('no view breaks WCAG 2.2 AA, light or dark', async () => {
  for (const colorScheme of ['light', 'dark']) {
    for (const name of ['good', 'text edited']) {
      const page = await open({ colorScheme, locale: colorScheme === 'dark' ? 'ko-KR' : 'en-GB' })
      await give(page, name)
      await page.locator('button.link').nth(6).click()
      await page.screenshot({ path: join(shots, `verifier-${name.replace(' ', '-')}-${colorScheme}.png`), fullPage: true })
      await page.evaluate(axe.source)
      const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }))
      assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 120)).join(' | ')}`), [], `${colorScheme}: ${name}`)
      await page.context().close()
    }
  }
})

test('nothing was said on the console, and nothing was asked of a network', () => assert.deepEqual(trouble, []))
