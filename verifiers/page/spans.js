// From a row's span to shown bytes: in its own source, or in one above it that holds them as they are.
import { unhex } from '../core/bytes.js'
import { SOURCE, parentPieces } from '../core/rows.js'

const MOST_SOURCES = 16

/** The pieces that hold a span's bytes, each with the range that shows it; null where they are not shown. */
export function shownPieces(shown, number, span) {
  let source = span.source
  let pieces = [{ offset: span.offset, length: span.length }]
  for (let i = 0; i < MOST_SOURCES; i++) {
    const found = pieces.map((piece) => {
      const range = shown.ranges.find(
        (r) => r.import === number && r.source === source && r.offset <= piece.offset && piece.offset + piece.length <= r.offset + BigInt(r.data.length),
      )
      return range && { ...piece, source, range }
    })
    if (found.every(Boolean)) return found
    const row = shown.sources.get(`${number} ${source}`)
    const locator = row?.said.fields[0]
    if (row === undefined || locator?.value === undefined) return null
    const { parent, kind } = SOURCE(row.header)
    pieces = parentPieces(kind, unhex(locator.value), pieces)
    if (pieces === null || parent === null) return null
    source = parent
  }
  return null
}
