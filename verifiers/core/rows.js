// Headers of rows and what their fields are called. Source: docs/format.md, "Rows" and "Headers".
import { fromLe, textOf } from './bytes.js'

export const TABLES = {
  source: { tag: 'SRC1', names: ['locator', 'codec', 'detail'] },
  file: { tag: 'FIL1', names: ['path', 'detail'], spans: 92 },
  event: { tag: 'ROW1', names: ['actor', 'object', 'subject', 'detail'], spans: 30 },
  finding: { tag: 'FND1', names: ['code', 'place', 'says'], spans: 15 },
  statement: { tag: 'STM1', names: ['kind', 'about', 'value'] },
}

const view = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Whether a header holds exactly what its table requires. */
export function headerFits(table, header) {
  if (table === 'source') return header.length === 79 && header[13] < 2 && header[46] < 2
  if (table === 'statement') return header.length === 8
  const at = TABLES[table].spans
  return header.length >= at + 4 && header.length === at + 4 + 20 * view(header).getUint32(at, true)
}

/** What the header of a source says of its bytes. */
export function SOURCE(header) {
  const parent = view(header).getUint32(0, true)
  return {
    parent: parent === 0xffffffff ? null : parent,
    kind: header[4],
    bytes: fromLe(header.subarray(5, 13)),
    sha256: header[13] ? header.subarray(14, 46) : null,
    blocksRoot: header[46] ? header.subarray(47, 79) : null,
  }
}

/** The spans of a header: source, offset, length. */
export function spansOf(table, header) {
  const from = TABLES[table].spans
  if (from === undefined) return []
  const out = []
  for (let at = from + 4; at < header.length; at += 20) {
    out.push({
      source: view(header).getUint32(at, true),
      offset: fromLe(header.subarray(at + 4, at + 12)),
      length: fromLe(header.subarray(at + 12, at + 20)),
    })
  }
  return out
}

const ACTIONS = {
  1: 'created', 2: 'modified', 3: 'accessed', 4: 'metadata changed', 5: 'deleted', 6: 'trashed', 7: 'renamed', 8: 'file times', 9: 'changed',
  10: 'closed', 20: 'requested', 21: 'logged', 22: 'called', 23: 'sign-in', 30: 'opened', 31: 'executed',
}
const CODES = {
  precision: ['finer than a microsecond', 'microsecond', 'millisecond', '10 ms', 'second', '2 s', 'minute', 'day'],
  zone: ['UTC', 'stated', 'assumed', 'unknown'],
  state: ['live', 'trashed', 'deleted', 'carved', 'journal'],
  severity: ['note', 'warning', 'error'],
  source: ['raw image', 'ewf image', 'folder', 'archive', 'file', 'volume', 'file system file', 'decompressed', 'gap'],
  file: ['file', 'directory', 'symbolic link', 'block device', 'character device', 'fifo', 'socket', 'system', 'volume label', 'unknown'],
}
const code = (set, n) => CODES[set][n] ?? String(n)

/** Microseconds since 1970 as date and time with an offset, as precise as it was recorded. */
export function timeText(micros, precision, zone, minutes) {
  const local = BigInt.asIntN(64, micros) + (zone === 3 ? 0n : BigInt(minutes) * 60_000_000n)
  const date = new Date(Number((local - (((local % 1000n) + 1000n) % 1000n)) / 1000n))
  if (Number.isNaN(date.getTime())) return `${micros} µs`
  const iso = date.toISOString()
  const cut = iso.indexOf('T')
  const fraction = String(((local % 1_000_000n) + 1_000_000n) % 1_000_000n).padStart(6, '0')
  const digits = [6, 6, 3, 2, 0, 0, 0, 0][precision] ?? 6
  const clock = precision === 7 ? '' : ` ${iso.slice(cut + 1, cut + (precision === 6 ? 6 : 9))}${digits ? `.${fraction.slice(0, digits)}` : ''}`
  const size = Math.abs(minutes)
  const pad = (n) => String(n).padStart(2, '0')
  const offset = zone === 3 ? '' : minutes === 0 ? ' UTC' : ` ${minutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`
  return iso.slice(0, cut) + clock + offset
}

/** The header in words: pairs of name and text; `time` of an event for a list. */
export function headerWords(table, header) {
  const v = view(header)
  const i64 = (at) => v.getBigInt64(at, true)
  const u64 = (at) => String(v.getBigUint64(at, true))
  if (table === 'event') {
    const [kind, precision, zone, minutes] = [header[0], header[17], header[18], v.getInt16(19, true)]
    const at = (micros) => timeText(micros, precision, zone, minutes)
    return [
      ['time', kind === 0 ? '' : kind === 1 ? at(i64(1)) : `${at(i64(1))} – ${at(i64(9))}`],
      ['precision', kind === 0 ? '' : code('precision', precision)],
      ['zone', kind === 0 ? '' : code('zone', zone)],
      ['action', ACTIONS[v.getUint16(21, true)] ?? String(v.getUint16(21, true))],
      ['state', code('state', header[23])],
      ['parser', String(v.getUint16(24, true))],
      ['source', String(v.getUint32(26, true))],
    ]
  }
  if (table === 'file') {
    const times = ['modified', 'accessed', 'changed', 'created', 'deleted'].map((name, i) => {
      const at = 47 + 9 * i
      return [name, header[at] ? timeText(i64(at + 1), 1, header[44], v.getInt16(45, true)) : '']
    })
    return [['kind', code('file', header[4])], ['size', u64(36)], ...times, ['record', header[9] ? u64(10) : ''], ['source', String(v.getUint32(0, true))]]
  }
  if (table === 'finding') {
    return [['severity', code('severity', header[0])], ['parser', String(v.getUint16(1, true))], ['source', String(v.getUint32(3, true))], ['count', u64(7)]]
  }
  if (table === 'statement') return [['entry', u64(0)]]
  const s = SOURCE(header)
  return [['kind', code('source', s.kind)], ['parent', s.parent === null ? '' : String(s.parent)], ['bytes', String(s.bytes)]]
}

/** Where bytes of a source lie in its parent, piece by piece; null where only decoding tells. Source: "Sources". */
export function parentPieces(kind, locator, pieces) {
  try {
    const said = JSON.parse(textOf(locator) ?? '')
    if (kind === 5 || kind === 8) {
      const [from, length] = [BigInt(said.offset), BigInt(said.length)]
      return pieces.every((p) => p.offset + p.length <= length) ? pieces.map((p) => ({ offset: from + p.offset, length: p.length })) : null
    }
    if (kind !== 6 || said.flags & 6) return null
    return pieces.flatMap((p) => throughRuns(said.runs, BigInt(said.initialized), p))
  } catch {
    return null
  }
}

function throughRuns(runs, initialized, piece) {
  if (piece.offset + piece.length > initialized) throw new Error('past what was written')
  const out = []
  let at = 0n
  for (const [from, length] of runs) {
    const [low, high] = [piece.offset > at ? piece.offset : at, piece.offset + piece.length < at + BigInt(length) ? piece.offset + piece.length : at + BigInt(length)]
    if (low < high) {
      if (from < 0) throw new Error('a hole')
      out.push({ offset: BigInt(from) + low - at, length: high - low })
    }
    at += BigInt(length)
  }
  if (out.reduce((n, p) => n + p.length, 0n) !== piece.length) throw new Error('past the runs')
  return out
}
