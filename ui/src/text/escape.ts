// Evidence may hold anything. What would be invisible, or would reorder or hide its neighbours, is
// shown as an escape; the text itself is only ever set as text, never as markup.

// C0, DEL, C1, soft hyphen, Arabic letter mark, zero-width and bidi controls, line and paragraph
// separators, word joiner to invisible plus, isolates, Hangul fillers, BOM, interlinear marks,
// lone surrogates, tag characters.
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]|\p{Cs}/gu

const NAMES: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\0': '\\0' }

export type Piece = { text: string; escape: boolean }

function shown(c: string): string {
  const code = c.codePointAt(0) ?? 0
  return NAMES[c] ?? (code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`)
}

/** The text with every unseen character as a visible escape. */
export function visible(text: string): string {
  return text.replace(UNSEEN, shown)
}

/** The same as pieces, so that escapes can be drawn apart from text that merely looks like one. */
export function pieces(text: string): Piece[] {
  const out: Piece[] = []
  let end = 0
  for (const match of text.matchAll(UNSEEN)) {
    if (match.index > end) out.push({ text: text.slice(end, match.index), escape: false })
    out.push({ text: shown(match[0]), escape: true })
    end = match.index + match[0].length
  }
  if (end < text.length) out.push({ text: text.slice(end), escape: false })
  return out
}
