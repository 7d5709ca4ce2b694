import type { ColumnInfo, ColumnKind, DetailField, RowTable } from '../api.gen'

/** Kinds of values that can be masked on screen. */
export const MASKED_KINDS = ['subject', 'actor', 'address', 'object'] as const
export type MaskedKind = (typeof MASKED_KINDS)[number]
/** What one key stroke in the palette masks: whoever is named. */
export const PERSONS: readonly MaskedKind[] = ['subject', 'actor', 'address']

/** A target of a request names its subject more often than not: it goes with the subjects. */
const TARGET: MaskedKind[] = ['object', 'subject']
const KINDS: Record<string, MaskedKind[]> = {
  subject: ['subject'],
  actor: ['actor'],
  key: ['actor'],
  key_id: ['actor'],
  address: ['address'],
  // As in a disclosure, where agents go with the addresses.
  agent: ['address'],
  object: TARGET,
  path: ['object'],
  place: ['object'],
  locator: ['object'],
  // What a finding quotes.
  expected: ['object'],
  found: ['object'],
}

/** Kinds whose masking masks a column or a field of this name; none for one that is never masked. */
export function kindsOf(name: string, kind: ColumnKind): MaskedKind[] {
  if (Object.hasOwn(KINDS, name)) return KINDS[name] ?? []
  // The view of deletions names objects of requests and paths of files in one column.
  return kind === 'path' ? TARGET : []
}

const touches = (kinds: readonly MaskedKind[], chosen: readonly MaskedKind[]) => kinds.some((kind) => chosen.includes(kind))

/** The ledger tells who keeps the case, not what the evidence holds: it is not masked. */
export function isColumnMasked(view: string, column: { name: string; kind: ColumnKind }, chosen: readonly MaskedKind[]): boolean {
  return view !== 'ledger' && touches(kindsOf(column.name, column.kind), chosen)
}

/** Values of a condition as they are told; the column may be one that the view filters by and does not show. */
export function isFilterMasked(view: string, columns: ColumnInfo[], name: string, chosen: readonly MaskedKind[]): boolean {
  return isColumnMasked(view, columns.find((c) => c.name === name) ?? { name, kind: 'text' }, chosen)
}

const QUOTING = new Set<ColumnKind>(['text', 'path', 'json', 'words', 'integer'])

/** Whether a value gives away one that is masked: by being it, or by holding it. */
function tells(value: string | null, kind: ColumnKind, hidden: string[]): boolean {
  if (value === null || value === '' || !QUOTING.has(kind)) return false
  const text = value.toLowerCase()
  // Shorter ones stand in too many texts by chance.
  return hidden.some((h) => text === h || (h.length > 2 && kind !== 'integer' && text.includes(h)))
}

const lower = (values: (string | null)[]) => values.flatMap((v) => (v === null || v === '' ? [] : [v.toLowerCase()]))

/** Which cells of a row are masked: those of masked columns, and those that repeat a value of one. */
export function maskedCells(view: string, columns: ColumnInfo[], cells: (string | null)[], chosen: readonly MaskedKind[]): boolean[] {
  const own = columns.map((c) => isColumnMasked(view, c, chosen))
  const hidden = lower(cells.filter((_, i) => own[i]))
  return columns.map((c, i) => cells[i] !== null && (own[i] === true || tells(cells[i] ?? null, c.kind, hidden)))
}

/** Fields of a row as the case knows them. Every other field of a detail is a member of the last. */
const FIELDS: Record<Exclude<RowTable, 'entry'>, readonly string[]> = {
  event: ['actor', 'object', 'subject', 'detail'],
  file: ['path', 'detail'],
  finding: ['code', 'place', 'says'],
  source: ['locator', 'codec', 'detail'],
}

/** Members that name nobody, whatever wrote the record. Others may: they are masked with any kind. */
const NEUTRAL = new Set([
  'at', 'until', 'zone', 'precision', 'action', 'state', 'method', 'status', 'protocol', 'bytes', 'exposes', 'kind', 'size', 'record', 'sequence', 'parent', 'from_journal',
  'name_state', 'name_rule', 'record_state', 'record_rule', 'content_state', 'content_rule', 'severity', 'code', 'codec', 'meaning', 'count', 'attributes', 'usn', 'sha256',
])
const PLAIN_KINDS = new Set<ColumnKind>(['time', 'bytes', 'state', 'digest'])

/** For each field of a detail the field of the row that it is masked as; null where it is shown. */
export function maskedFields(table: RowTable, fields: DetailField[], chosen: readonly MaskedKind[]): (string | null)[] {
  if (table === 'entry' || chosen.length === 0) return fields.map(() => null)
  const known = FIELDS[table]
  const rest = known.at(-1) ?? 'detail'
  const own = fields.map(({ name, kind }) => {
    const kinds = kindsOf(name, kind)
    if (kinds.length > 0) return touches(kinds, chosen)
    return !NEUTRAL.has(name) && !PLAIN_KINDS.has(kind)
  })
  const hidden = lower(fields.flatMap((f, i) => (own[i] && kindsOf(f.name, f.kind).length > 0 ? [f.value] : [])))
  return fields.map((field, i) => {
    if (field.value === null || !(own[i] || (!NEUTRAL.has(field.name) && tells(field.value, field.kind, hidden)))) return null
    // A member of the detail may bear the name of a field; the field stands first.
    const first = fields.findIndex((f) => f.name === field.name) === i
    return first && known.includes(field.name) ? field.name : rest
  })
}

/** The field that a row's title is made of; null where the title is shown. */
export function maskedTitle(table: RowTable, chosen: readonly MaskedKind[]): string | null {
  if (table === 'event') return touches(TARGET, chosen) ? 'object' : null
  if (table === 'file') return chosen.includes('object') ? 'path' : null
  if (table === 'source') return chosen.includes('object') ? 'locator' : null
  return null
}
