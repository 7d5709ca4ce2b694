// Chromium over `casebook serve`: how it is started, a page is opened, looked at and judged.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import axe from '../../ui/node_modules/axe-core/axe.js'
import { chromium } from '../../ui/node_modules/playwright-core/index.mjs'
import { shots } from './webdriver.mjs'

const executablePath = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((p) => existsSync(p))

/** What pages threw or said as an error. */
export const faults = []

export async function browserAt() {
  assert.ok(executablePath, 'Chromium is not installed')
  mkdirSync(shots, { recursive: true })
  return chromium.launch({ executablePath, args: ['--no-sandbox'] })
}

/** A page of its own context, with the case on it. */
export async function openAt(browser, address, { language = 'en', colorScheme = 'light', viewport = { width: 1440, height: 880 } } = {}) {
  const context = await browser.newContext({ colorScheme, viewport, acceptDownloads: true })
  const page = await context.newPage()
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
  await page.addInitScript((chosen) => localStorage.getItem('language') ?? localStorage.setItem('language', chosen), language)
  await page.goto(address)
  await page.getByRole('grid').waitFor()
  return page
}

export async function violations(page) {
  // Axe is put in by the test's own hand, past the policy that the page itself is under.
  await page.evaluate(axe.source)
  const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }))
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html.slice(0, 140)} ${n.any[0]?.message ?? ''}`).join(' | ')}`)
}

export const shot = (page, name) => page.screenshot({ path: join(shots, `${name}.png`) })

/** That a page, once at rest, breaks no rule of WCAG and is not cut; kept as a picture. */
export async function fits(page, name) {
  await page.waitForTimeout(300)
  await shot(page, `browser-${name}`)
  assert.deepEqual(await violations(page), [], name)
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, `${name} is cut`)
}

/** Narrows the view by its form, as a person does: by title of the column and words of the condition. */
export async function filterBy(page, column, condition, value) {
  await page.getByRole('button', { name: 'Filter', exact: true }).click()
  await page.getByLabel('Column').selectOption({ label: column })
  await page.getByLabel('Condition').selectOption({ label: condition })
  await page.getByLabel('Value', { exact: true }).fill(value)
  await page.getByRole('button', { name: 'Apply' }).click()
}

/** Tags the first row of the view; a key pressed before the row is read tags nothing. */
export async function tagFirstRow(page, tag) {
  await page.locator('#cell-0-0').filter({ hasNotText: 'reading…' }).waitFor()
  await page.getByRole('grid').focus()
  await page.keyboard.press('g')
  await page.getByRole('textbox', { name: 'Tag' }).fill(tag)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: `Take back the tag ${tag}` }).waitFor()
  // Keys are of the page again, and not of the field.
  await page.getByRole('grid').focus()
}
