export type Range = { offset: bigint; length: bigint }
export type Part = { hex: string; text: string; lit: boolean }
export type Line = { offset: bigint; parts: Part[] }

/** Context shown before and after a span, bytes. */
export const CONTEXT = 64n
/** Longest piece of a span shown at first, bytes; `Bytes` answers at most 64 KiB. */
export const FIRST = 2048n
export const MOST = 65_536n - 2n * CONTEXT - 32n

/** The window of a source to read for a span: whole lines, with context, at most `limit` of the span. */
export function windowOf(span: Range, limit: bigint, line: number): Range {
  const per = BigInt(line)
  const from = span.offset > CONTEXT ? span.offset - CONTEXT : 0n
  const offset = from - (from % per)
  const shown = span.length < limit ? span.length : limit
  const end = span.offset + shown + CONTEXT
  const whole = end % per === 0n ? end : end + per - (end % per)
  return { offset, length: whole - offset }
}

function printable(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·'
}

/** Bytes as lines of `per`, each cut where a span begins or ends. Bytes only ever become hex and ASCII. */
export function lines(bytes: Uint8Array, offset: bigint, spans: Range[], per: number): Line[] {
  const out: Line[] = []
  const lit = (at: bigint) => spans.some((s) => at >= s.offset && at < s.offset + s.length)
  for (let start = 0; start < bytes.length; start += per) {
    const parts: Part[] = []
    for (const [i, byte] of bytes.subarray(start, start + per).entries()) {
      const isLit = lit(offset + BigInt(start + i))
      let part = parts.at(-1)
      if (!part || part.lit !== isLit) {
        part = { hex: '', text: '', lit: isLit }
        parts.push(part)
      }
      part.hex += (part.hex === '' ? '' : ' ') + byte.toString(16).padStart(2, '0')
      part.text += printable(byte)
    }
    out.push({ offset: offset + BigInt(start), parts })
  }
  return out
}
