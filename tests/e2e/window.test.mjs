// The real window: what a person does, and what the page must not be able to do.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { bin, countOf, desktop, logs, newCase, run, shown } from './casebook.mjs'
import { startWindow, until } from './webdriver.mjs'

let page
let path
before(async () => {
  path = newCase('Window test')
  page = await startWindow(desktop, ['--case', path, logs, bin])
  await page.sees('Window test')
})
after(() => page?.stop())

/** Does a command by the palette, as a person who knows its name. */
async function command(name) {
  await page.press('Control+k')
  await page.type('[role=dialog] input', name)
  await page.find('[role=dialog] [data-selected]', name)
  await page.press('Enter')
  await until(() => page.run(`return document.querySelector('[role=dialog]') === null`), 5000, 'the palette to close')
}

test('an empty case says what to do', async () => {
  await page.sees('Import evidence, and its rows appear here.')
  await page.shot('window-empty')
})

test('evidence is looked at, then imported, with its end in words', async () => {
  await page.press('i')
  await page.sees('Evidence this program was started with')
  await page.click('.offered button', 'plain')
  await page.sees('Encryption seen')
  await page.click('.offered button', 'recycle_bin')
  await until(() => page.run(`return document.querySelectorAll('[role=dialog] article').length === 2`), 20_000, 'two items')
  await page.shot('window-inspect')
  await page.type('[role=dialog] .settings input', 'Exhibit 7')
  await page.click('[role=dialog] button.primary', 'Import')
  await page.sees('Imported', 120_000)
  await page.shot('window-imported')
  await page.click('[role=dialog] button.primary', 'Show the rows')
  const rows = shown(countOf(path, 'accessed'))
  await page.sees(`${rows} of ${rows}`)
})

test('the table is an ARIA grid, moved by keys to its last row', async () => {
  const rows = countOf(path, 'accessed')
  // Rows and their number are asked for apart: the grid may come after the words above it.
  await until(() => page.run(`return document.querySelector('[role=grid]').ariaRowCount === '${rows + 1}'`), 10_000, 'as many rows')
  await page.run(`document.querySelector('[role=grid]').focus()`)
  await page.press('End')
  await until(() => page.run(`return document.querySelector('[aria-rowindex="${rows + 1}"]') !== null`), 10_000, 'the last row')
  await page.press('Home')
  await until(() => page.run(`return document.querySelector('[aria-rowindex="2"]') !== null`), 10_000, 'the first row')
  await page.shot('window-accessed')
})

test('a cell becomes a filter, counted as the command line counts', async () => {
  await page.run(`document.querySelector('[role=grid]').focus()`)
  await page.press('End')
  const status = await page.run(
    `return [...document.querySelectorAll('[role=columnheader]')].findIndex((e) => e.innerText.includes('Status'))`,
  )
  await page.press('Home', ...Array(status).fill('ArrowRight'))
  const value = await until(() => page.run(`return document.getElementById('cell-0-${status}')?.innerText`), 5000, 'a status')
  await page.press('Shift+F')
  const n = countOf(path, 'accessed', `status = ${value.trim()}`)
  await page.sees(`filtered: ${shown(n)} of ${shown(countOf(path, 'accessed'))}`)
  await page.shot('window-filtered')
  await page.press('x')
})

test('a row opens with its bytes lit, and its proof holds', async () => {
  await page.run(`document.querySelector('[role=grid]').focus()`)
  await page.press('Home', 'Enter')
  await page.sees('Bytes that say so')
  await until(() => page.run(`return document.querySelectorAll('.hex mark').length > 0`), 15_000, 'lit bytes')
  await page.press('p')
  await page.sees('The proof holds', 30_000)
  await page.run(`document.querySelector('.verdict').scrollIntoView()`)
  await page.shot('window-proof')
  await page.press('Escape')
})

test('names that reorder or hide text are shown with escapes, never as markup', async () => {
  await page.press('2')
  await page.sees('Deleted')
  await page.find('[role=gridcell]', '')
  const raw = await page.run(`return /[\\u202a-\\u202e\\u2066-\\u2069\\u0000-\\u0008]/.test(document.body.innerText)`)
  assert.equal(raw, false)
  await page.shot('window-deleted')
})

test('a verification says in words what it checked and what it did not', async () => {
  await page.click('header button', 'Verify')
  await page.click('.verify button.primary', 'Verify')
  await page.sees('Not covered', 60_000)
  await page.sees('Checked')
  const order = await page.run(`return [...document.querySelectorAll('.verify h2')].map((e) => e.innerText)`)
  assert.match(order[0], /^Not covered/)
  await page.shot('window-verify')
  await page.press('Escape')
})

test('the palette and the sheet of keys open by key', async () => {
  await page.press('?')
  await page.sees('Commands')
  await page.find('[role=dialog]', 'Keys')
  await page.press('Escape')
  await until(() => page.run(`return document.querySelector('[role=dialog]') === null`), 5000, 'the sheet to close')
  await page.press('Control+k')
  await page.find('[role=dialog] input')
  await page.shot('window-palette')
  await page.press('Escape')
  await until(() => page.run(`return document.querySelector('[role=dialog]') === null`), 5000, 'the palette to close')
})

test('Korean and dark, from the same facts', async () => {
  await page.press('1')
  await command('한국어')
  await command('어둡게')
  const rows = shown(countOf(path, 'accessed'))
  await page.sees(`${rows} 중 ${rows}`)
  await page.shot('window-ko-dark')
  await command('English')
  await command('Light')
  await page.sees(`${rows} of ${rows}`)
})

test('a closed case is among the recent ones, and opens again', async () => {
  await page.click('header button', 'Close case')
  await page.sees('Recent cases')
  await page.shot('window-start')
  await page.click('li button', 'Window test')
  const rows = shown(countOf(path, 'accessed'))
  await page.sees(`${rows} of ${rows}`)
})

test('the sample case is made afresh by one click', async () => {
  await page.click('header button', 'Close case')
  await page.click('button', 'Open the sample case')
  await page.sees('Sample: the laptop', 120_000)
  await page.press('2')
  await page.find('[role=grid][aria-label=Deleted] [role=gridcell]')
  await page.run(`document.querySelector('[role=grid]').focus()`)
  await page.press('Home', 'Enter')
  await page.sees('Bytes that say so')
  await page.shot('window-sample-deleted')
})

test('the page reaches no network, no other page and no command but its own', async () => {
  const asked = []
  const spy = createServer((request, response) => {
    asked.push(request.url)
    response.end('x')
  })
  await new Promise((ready) => spy.listen(0, '127.0.0.1', ready))
  const evil = `http://127.0.0.1:${spy.address().port}`
  const here = await page.run('return location.href')
  const tries = [
    `fetch('${evil}/fetch').catch(() => {})`,
    `new Image().src = '${evil}/image'`,
    `navigator.sendBeacon?.('${evil}/beacon')`,
    `document.body.insertAdjacentHTML('beforeend', '<img src="${evil}/html" onerror="fetch(\\'${evil}/onerror\\')"><iframe src="${evil}/frame"></iframe><link rel=stylesheet href="${evil}/style">')`,
    `const s = document.createElement('script'); s.src = '${evil}/script'; document.head.append(s)`,
    `const s = document.createElement('script'); s.textContent = "fetch('${evil}/inline')"; document.head.append(s)`,
    `try { new WebSocket('${evil.replace('http', 'ws')}/socket') } catch {}`,
    `window.open('${evil}/open')`,
    `location.href = '${evil}/navigate'`,
  ]
  for (const script of tries) await page.run(script)
  await new Promise((done) => setTimeout(done, 1500))
  spy.close()
  assert.deepEqual(asked, [])
  assert.equal(await page.run('return location.href'), here)
  assert.equal(await page.run('return typeof window.__TAURI__'), 'undefined')
  assert.equal(await page.run(`try { Object.prototype.polluted = 1 } catch {} return Object.prototype.polluted ?? null`), null)
  for (const command of ['plugin:dialog|open', 'plugin:dialog|save', 'plugin:fs|read_file', 'plugin:path|resolve_directory', 'plugin:window|close', 'plugin:event|emit', 'shell']) {
    const outcome = await page.send('POST', '/execute/async', {
      script: `const done = arguments[1]; window.__TAURI_INTERNALS__.invoke(arguments[0], { path: '/etc/passwd', options: {} }).then(() => done('allowed'), (e) => done('refused: ' + e))`,
      args: [command],
    })
    assert.match(outcome, /^refused/, `${command}: ${outcome}`)
  }
})

test('a path that the host did not issue is no handle', async () => {
  const outcome = await page.send('POST', '/execute/async', {
    script: `const done = arguments[0]; window.__TAURI_INTERNALS__.invoke('call', { request: { ask: 'inspect', handles: ['/etc/passwd'] } }).then(() => done('allowed'), (e) => done(JSON.stringify(e)))`,
    args: [],
  })
  assert.match(outcome, /"code":"no-such-row"/)
  assert.doesNotThrow(() => run('verify', path))
})
