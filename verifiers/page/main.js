// The page: a package comes in, both engines judge it, and what they say is shown.
import { unbase64 } from '../core/bytes.js'
import { checkPackage } from '../core/check.js'
import { agree, judge, loadEngine } from '../core/engine.js'
import { readKept, readKey } from '../core/note.js'
import { Unreadable, readZip } from '../core/zip.js'
import { el, safe } from './dom.js'
import { entriesView, evidenceView, headView } from './lists.js'
import { rowsView } from './rows.js'
import { WORDS, placeWords } from './words.js'

const MOST_FAULTS = 200

const state = { words: /^ko\b/i.test(navigator.language) ? WORDS.ko : WORDS.en, name: '', opened: null, trust: {}, typed: '', result: null, tab: 'rows' }
const main = document.querySelector('main')

/** The program's own engine; null where there is none, or `#plain` turned it off. */
const engine = location.hash === '#plain' ? Promise.resolve(null) : loadEngine(unbase64(document.getElementById('engine').textContent.trim()))

async function open(file) {
  state.name = file.name
  state.trust = {}
  state.typed = ''
  state.tab = 'rows'
  await busy()
  try {
    state.opened = await readZip(new Uint8Array(await file.arrayBuffer()))
    await check()
  } catch (e) {
    if (!(e instanceof Unreadable) && e.name !== 'NotReadableError') throw e
    state.opened = null
    state.result = { unreadable: e.message }
  }
  draw()
}

/** Lets the page draw before the work begins. */
async function busy() {
  main.replaceChildren(el('p', { class: 'busy', role: 'status' }, state.words.reading))
  await new Promise((done) => setTimeout(done, 30))
}

async function check() {
  const { files, faults } = state.opened
  const report = checkPackage(files, state.trust, faults)
  const wasm = await engine
  let other = null
  let failed = ''
  if (wasm) {
    try {
      other = judge(wasm, files, state.trust, faults)
    } catch (e) {
      failed = String(e.message)
    }
  }
  state.result = { report, other, failed, agree: other === null || agree(report, other) }
}

/** The result in words and colour. */
function verdict({ report, agree, unreadable }, words) {
  if (unreadable !== undefined) return ['red', words.unreadable, `${words.unreadableWhy} (${unreadable})`]
  if (!agree) return ['red', words.disagree, words.disagreeWhy]
  return {
    verified: ['green', words.green, words.greenWhy],
    consistent: ['amber', words.amber, words.amberWhy],
    mismatch: ['red', words.red, words.redWhy],
  }[report.verdict]
}

function judged({ other, failed }, words) {
  return failed ? words.judgedFailed(failed) : other === null ? words.judgedPlain : words.judgedBoth
}

function draw() {
  const { words, result } = state
  document.documentElement.lang = words.lang
  document.title = words.title
  document.getElementById('title').textContent = words.title
  document.getElementById('intro').textContent = words.intro
  document.getElementById('print').textContent = words.print
  document.getElementById('print').hidden = result === null
  for (const button of document.querySelectorAll('[data-language]')) button.setAttribute('aria-pressed', String(button.dataset.language === words.lang))
  const [colour, title, why] = result ? verdict(result, words) : []
  main.replaceChildren(
    ...(result?.report ? [uncovered(result.report, words)] : []),
    ...(result ? [el('section', { class: `verdict ${colour}`, id: 'verdict', role: 'status' }, el('h2', {}, title), el('p', {}, why),
      ...(result.report ? [el('p', { class: 'engines' }, result.agree ? judged(result, words) : disagreement(result)), el('p', {}, words.facts(result.report.rows, result.report.entries))] : []),
      el('p', { class: 'muted' }, words.shows))] : []),
    ...(result?.report ? [faults(result.report, words), trust(words), tabs(result.report, words)] : []),
    dropZone(words, result !== null),
    el('details', { class: 'about' }, el('summary', {}, words.aboutTitle), el('p', {}, words.about[0]), el('ul', {}, ...words.about.slice(1).map((w) => el('li', {}, w)))),
  )
}

const disagreement = ({ report, other }) => `JavaScript: ${report.verdict}, ${report.faults[0]?.place ?? '-'}. WebAssembly: ${other.verdict}, ${other.faults[0]?.place ?? '-'}.`

function uncovered(report, words) {
  const items = report.shown.uncovered.map(({ kind, values }) => el('li', {}, safe(words.uncovered[kind](values.map(String)), 400)))
  return el('section', { id: 'uncovered' }, el('h2', {}, words.notCovered), items.length > 0 ? el('ul', {}, ...items) : el('p', {}, words.allCovered))
}

function faults(report, words) {
  const item = (f) => el('li', {}, el('b', {}, safe(placeWords(f.place, words))), ': ', safe(words.says(f.says), 600))
  const shown = report.faults.slice(0, MOST_FAULTS).map(item)
  if (report.faults.length > MOST_FAULTS) shown.push(el('li', {}, `… ${report.faults.length}`))
  return el('section', { id: 'faults' }, el('h2', {}, words.faults), shown.length > 0 ? el('ol', {}, ...shown) : el('p', {}, words.noFaults))
}

function trust(words) {
  const box = el('textarea', { id: 'trust', rows: '4', spellcheck: 'false', autocomplete: 'off' })
  box.value = state.typed
  const trouble = el('p', { class: 'bad', role: 'alert' })
  const form = el('form', {}, el('h2', {}, words.trustTitle), el('label', { for: 'trust' }, words.trustLabel), box, el('button', { type: 'submit' }, words.trustCheck), trouble)
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const read = understood(box.value)
    if (read === null) {
      trouble.textContent = words.trustBad
      return
    }
    state.typed = box.value
    state.trust = read
    await busy()
    await check()
    draw()
    document.getElementById('verdict').scrollIntoView({ block: 'nearest' })
  })
  return el('section', { id: 'elsewhere' }, form)
}

/** What was typed: a note, size and root, or a key; null for anything else, and nothing for nothing. */
function understood(typed) {
  const text = typed.replaceAll('\r\n', '\n')
  if (text.trim() === '') return {}
  for (const [name, read, given] of [['key', readKey, text.trim()], ['kept', readKept, text], ['kept', readKept, `${text.trim()}\n`], ['kept', readKept, `${text.trim()}\n\n`]]) {
    try {
      read(given)
      return { [name]: given }
    } catch {
      // The next form is tried.
    }
  }
  return null
}

const TABS = { rows: rowsView, entries: entriesView, evidence: evidenceView, head: headView }

function tabs(report, words) {
  const body = el('div', { class: 'tab', role: 'tabpanel', id: 'panel' })
  const buttons = Object.keys(TABS).map((name) => el('button', { type: 'button', role: 'tab', 'aria-controls': 'panel', id: `tab-${name}`, onclick: () => show(name) }, words[name]))
  function show(name) {
    state.tab = name
    Object.keys(TABS).forEach((n, i) => buttons[i].setAttribute('aria-selected', String(n === name)))
    body.setAttribute('aria-labelledby', `tab-${name}`)
    body.replaceChildren(...TABS[name](report, words))
  }
  show(state.tab)
  return el('section', { id: 'look' }, el('div', { class: 'tabs', role: 'tablist' }, ...buttons), body)
}

function dropZone(words, small) {
  const input = el('input', { type: 'file', id: 'file', accept: '.zip,application/zip', onchange: () => input.files[0] && open(input.files[0]) })
  return el('section', { class: small ? 'drop small' : 'drop' }, el('p', {}, small ? safe(state.name, 200) : words.drop), el('label', { class: 'button', for: 'file' }, words.choose), input)
}

document.addEventListener('dragover', (event) => event.preventDefault())
document.addEventListener('drop', (event) => {
  event.preventDefault()
  if (event.dataTransfer?.files[0]) open(event.dataTransfer.files[0])
})
for (const button of document.querySelectorAll('[data-language]')) {
  button.addEventListener('click', () => {
    state.words = WORDS[button.dataset.language]
    draw()
  })
}
document.getElementById('print').addEventListener('click', () => print())
draw()
