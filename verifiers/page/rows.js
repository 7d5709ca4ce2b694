// Every row of the package: a list that can be filtered, and one row down to its bytes.
import { fromLe, hex, textOf, unhex } from '../core/bytes.js'
import { TABLES, headerWords, spansOf } from '../core/rows.js'
import { el, safe, visible } from './dom.js'
import { hexView } from './hex.js'
import { shownPieces } from './spans.js'
import { placeWords } from './words.js'

const PAGE = 100

/** A field's value as text; null where it is masked. */
function valueText(field) {
  if (typeof field?.value !== 'string') return null
  const bytes = unhex(field.value)
  if (field.tag === 0) return ''
  if (field.tag === 3) return String(BigInt.asIntN(64, fromLe(bytes)))
  return field.tag === 1 ? (textOf(bytes) ?? `0x${hex(bytes)}`) : `0x${hex(bytes)}`
}

/** What a row is found by and listed with. A row that is broken shows what can be read of it. */
function facts(row, faults) {
  const { said } = row
  let fields = []
  let time = ''
  try {
    fields = TABLES[said.table].names.map((name, i) => [name, valueText(said.fields[i])])
    const words = row.header ? headerWords(said.table, row.header) : []
    time = (said.table === 'file' ? words.find(([, v], i) => i > 1 && i < 7 && v) : words.find(([n]) => n === 'time'))?.[1] ?? ''
  } catch {
    fields = fields.length > 0 ? fields : []
  }
  const text = visible([row.place, time, ...fields.map(([, v]) => v ?? '')].join('\u0001')).toLowerCase()
  return { row, said, fields, time, text, fault: faults.find((f) => f.place === row.place) }
}

export function rowsView(report, words) {
  const all = report.shown.rows.map((row) => facts(row, report.faults))
  const state = { page: 0, text: '', table: '' }
  const list = el('tbody')
  const status = el('p', { class: 'count', role: 'status' })
  const detail = el('div', { class: 'detail', 'aria-live': 'polite' })
  const back = el('button', { type: 'button', onclick: () => turn(-1) }, words.back)
  const next = el('button', { type: 'button', onclick: () => turn(1) }, words.next)
  let found = all

  function turn(by) {
    state.page += by
    draw()
  }
  function draw() {
    found = all.filter((f) => (state.table === '' || `${f.said.import} ${f.said.table}` === state.table) && f.text.includes(state.text))
    const pages = Math.max(1, Math.ceil(found.length / PAGE))
    state.page = Math.min(Math.max(0, state.page), pages - 1)
    const from = state.page * PAGE
    list.replaceChildren(...found.slice(from, from + PAGE).map((f) => line(f)))
    status.textContent = words.rowsFound(found.length, all.length, state.page + 1, pages)
    back.disabled = state.page === 0
    next.disabled = state.page >= pages - 1
  }
  function line(f) {
    const open = () => {
      for (const other of list.querySelectorAll('[aria-current]')) other.removeAttribute('aria-current')
      button.setAttribute('aria-current', 'true')
      detail.replaceChildren(...rowDetail(report, f, words))
    }
    const button = el('button', { type: 'button', class: 'link', onclick: open }, placeWords(f.row.place, words))
    const fields = el('td', { class: 'fields' })
    for (const [name, value] of f.fields) {
      if (value === '') continue
      fields.append(el('span', { class: 'name' }, `${name} `), value === null ? el('em', { class: 'masked' }, words.masked) : safe(value, 90), ' ')
    }
    return el('tr', f.fault ? { class: 'bad' } : {}, el('td', {}, button), el('td', { class: 'time' }, f.time), fields,
      el('td', {}, f.fault ? words.fails : f.row.holds ? words.holds : words.unknown))
  }

  const tables = [...new Set(all.map((f) => `${f.said.import} ${f.said.table}`))]
  const select = el('select', { id: 'table', onchange: () => {
    state.table = select.value
    state.page = 0
    draw()
  } }, el('option', { value: '' }, words.allTables), ...tables.map((t) => el('option', { value: t }, placeWords(`import ${t} row`, words))))
  const search = el('input', { id: 'search', type: 'search', autocomplete: 'off', oninput: () => {
    state.text = search.value.toLowerCase()
    state.page = 0
    draw()
  } })
  draw()
  if (all.length === 0) return [el('p', {}, words.noRows)]
  const head = el('thead', {}, el('tr', {}, ...[words.row, words.time, words.fields, words.state].map((w) => el('th', { scope: 'col' }, w))))
  return [
    el('div', { class: 'tools' }, el('label', { for: 'search' }, words.filter), search, el('label', { for: 'table' }, words.table), select, back, next, status),
    el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': words.rows }, el('table', {}, head, list)),
    detail,
  ]
}

function pair(list, name, ...value) {
  list.append(el('dt', {}, name), el('dd', {}, ...value))
}

function rowDetail(report, f, words) {
  const { row, said } = f
  const out = [el('h3', {}, placeWords(row.place, words))]
  if (f.fault) out.push(el('p', { class: 'bad' }, `${words.fails}: ${words.says(f.fault.says)}`))
  const list = el('dl')
  for (const [name, value] of f.fields) {
    pair(list, name, value === null ? el('em', { class: 'masked' }, `${words.masked} (${said.fields[TABLES[said.table].names.indexOf(name)]?.commitment ?? ''})`)
      : value === '' ? el('em', {}, words.empty) : safe(value))
  }
  if (row.header) for (const [name, value] of headerWords(said.table, row.header)) if (value !== '') pair(list, words.header(name), value)
  pair(list, words.sealedBy, words.entryNumber(String(said.entry)))
  out.push(list)
  if (row.header) out.push(...spansOf(said.table, row.header).flatMap((span, i) => spanView(report, said.import, span, i, words)))
  if (row.header) out.push(el('details', {}, el('summary', {}, words.headerBytes), el('code', { class: 'break' }, hex(row.header))))
  return out
}

function spanView(report, number, span, i, words) {
  const title = el('h4', {}, words.span(i + 1, span.source, span.offset, span.length))
  const pieces = report.shown.sources ? shownPieces(report.shown, number, span) : null
  if (pieces === null) return [title, el('p', { class: 'muted' }, words.bytesNotShown)]
  return [title, ...pieces.flatMap((p) => {
    const from = Number(p.offset - p.range.offset)
    const label = words.bytesOf(number, p.source, p.offset, p.length)
    return [el('p', { class: 'muted' }, label), hexView(p.range.data, p.range.offset, label, from, from + Number(p.length))]
  })]
}
