// The entries, the shown evidence, and who signed and vouched.
import { hex, textOf, lines } from '../core/bytes.js'
import { el, safe, safeLines } from './dom.js'
import { hexView } from './hex.js'

const ENTRIES_AT_ONCE = 500

export function entriesView(report, words) {
  const raw = lines(report.shown.file('entries.jsonl'))
  const item = (e, seq) => {
    const fault = report.faults.find((f) => f.place === `entry ${seq}`)
    const body = el('div')
    const box = el('details', fault ? { class: 'bad' } : {},
      el('summary', {}, el('b', {}, String(seq)), ' ', safe(typeof e.type === 'string' ? e.type : words.unreadable, 60), ' ',
        el('span', { class: 'time' }, safe(typeof e.time === 'string' ? e.time : '', 40)), fault ? ` ${words.fails}: ${words.says(fault.says)}` : ''), body)
    // Laid out only when it is opened: a ledger may be long.
    box.addEventListener('toggle', () => box.open && body.childNodes.length === 0 && body.append(safeLines(laidOut(raw[seq]))))
    return box
  }
  const list = el('div', { class: 'entries' })
  let shown = 0
  const more = el('button', { type: 'button', onclick: () => add() }, words.more)
  function add() {
    list.append(...report.shown.entries.slice(shown, shown + ENTRIES_AT_ONCE).map((e, i) => item(e, shown + i)))
    shown += ENTRIES_AT_ONCE
    more.hidden = shown >= report.shown.entries.length
  }
  add()
  return [list, more]
}

function laidOut(bytes) {
  const text = textOf(bytes)
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text ?? hex(bytes)
  }
}

export function evidenceView(report, words) {
  const ranges = report.shown.ranges
  if (ranges.length === 0) return [el('p', {}, words.noEvidence)]
  return ranges.map((r) => {
    const label = words.bytesOf(r.import, r.source, r.offset, r.data.length)
    const body = el('div')
    const box = el('details', {}, el('summary', {}, label), body)
    box.addEventListener('toggle', () => box.open && body.childNodes.length === 0 && body.append(hexAll(r, words, label)))
    return box
  })
}

/** The rest of a range, a piece at a time. */
function hexAll(range, words, label) {
  const out = el('div')
  let at = 0
  const add = () => {
    const piece = range.data.subarray(at, at + 4096)
    out.insertBefore(hexView(piece, range.offset + BigInt(at), label), more)
    at += 4096
    more.hidden = at >= range.data.length
  }
  const more = el('button', { type: 'button', onclick: add }, words.more)
  out.append(more)
  add()
  return out
}

export function headView(report, words) {
  const out = []
  const note = report.shown.note
  if (note) {
    const list = el('dl')
    const put = (name, ...value) => list.append(el('dt', {}, name), el('dd', {}, ...value))
    put(words.caseId, el('code', {}, note.case))
    put(words.size, String(note.size))
    put(words.root, el('code', { class: 'break' }, hex(note.root)))
    for (const s of report.shown.signers ?? []) put(words.caseKey, el('code', { class: 'break' }, safe(s.key.text)), ` ${words.signer[s.state]}`)
    if ((report.shown.signers ?? []).length === 0) put(words.caseKey, words.noKey)
    out.push(list, safeLines(textOf(report.shown.file('checkpoint.note')) ?? ''))
  }
  for (const a of report.shown.anchors) {
    out.push(el('p', {}, words.anchor[a.kind](a.seq, a.size, ''), safe(typeof a.time === 'string' ? a.time : '', 40)))
  }
  return out
}
