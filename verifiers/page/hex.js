// Bytes as hexadecimal and text, a stretch of them lit.
import { el } from './dom.js'

const WIDTH = 16
const MOST_LINES = 256

/** `data` lies at `offset` of its source. Where `from` and `to` (offsets in `data`) are given, that is lit, and shown with two lines around it. */
export function hexView(data, offset, label, from = -1, to = -1) {
  const all = from < 0
  const first = all ? 0 : Math.max(0, Math.floor(from / WIDTH) - 2)
  const last = all ? Math.ceil(data.length / WIDTH) : Math.min(Math.ceil(data.length / WIDTH), Math.ceil(to / WIDTH) + 2)
  const out = el('pre', { class: 'hex', tabindex: '0', role: 'group', 'aria-label': label })
  for (let line = first; line < Math.min(last, first + MOST_LINES); line++) {
    const at = line * WIDTH
    out.append(el('span', { class: 'at' }, (offset + BigInt(at)).toString(16).padStart(10, '0')), '  ')
    const end = Math.min(at + WIDTH, data.length)
    lit(out, at, end, from, to, (i) => `${data[i].toString(16).padStart(2, '0')} `)
    out.append(' '.repeat(3 * (at + WIDTH - end) + 1))
    lit(out, at, end, from, to, (i) => (data[i] >= 0x20 && data[i] < 0x7f ? String.fromCharCode(data[i]) : '·'))
    out.append('\n')
  }
  if (last > first + MOST_LINES) out.append('…\n')
  return out
}

function lit(out, at, end, from, to, text) {
  const piece = (a, b, tag) => {
    let said = ''
    for (let i = a; i < b; i++) said += text(i)
    if (said) out.append(tag ? el(tag, {}, said) : said)
  }
  const [a, b] = [Math.min(Math.max(from, at), end), Math.min(Math.max(to, at), end)]
  piece(at, a)
  piece(a, b, 'mark')
  piece(b, end)
}
