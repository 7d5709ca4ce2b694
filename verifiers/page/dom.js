// Elements, and text that may come from anywhere: it is only ever set as text, and what is unseen is made visible.

/** An element with attributes, listeners (`onclick`) and children; children that are no nodes become text. */
export function el(tag, attributes = {}, ...children) {
  const out = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) out.addEventListener(name.slice(2), value)
    else if (value === true) out.setAttribute(name, '')
    else if (value !== false && value !== null && value !== undefined) out.setAttribute(name, value)
  }
  out.append(...children.filter((c) => c !== null && c !== undefined))
  return out
}

// C0, DEL, C1, soft hyphen, zero-width and bidi controls, separators, fillers, BOM, tags, lone surrogates.
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]|\p{Cs}/gu
const NAMES = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\0': '\\0' }

function escape(c) {
  const code = c.codePointAt(0)
  return NAMES[c] ?? (code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`)
}

export const visible = (text) => text.replace(UNSEEN, escape)

/** The text with every unseen character as an escape that looks unlike the text around it. */
export function safe(text, most = 4000) {
  const out = el('span', { class: 'safe', dir: 'auto' })
  const shown = text.length > most ? `${text.slice(0, most)}…` : text
  let end = 0
  for (const match of shown.matchAll(UNSEEN)) {
    out.append(shown.slice(end, match.index), el('span', { class: 'escape' }, escape(match[0])))
    end = match.index + match[0].length
  }
  out.append(shown.slice(end))
  return out
}

/** The same over lines, for texts of this page's own making such as an entry laid out. */
export function safeLines(text) {
  const out = el('pre')
  text.split('\n').forEach((line, i) => out.append(i > 0 ? '\n' : '', safe(line, 20_000)))
  return out
}
