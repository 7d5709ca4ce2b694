import type { ColumnInfo, ColumnKind, DetailField, RowTable } from '../api.gen'

/** Kinds of values that can be masked on screen. */
export const MASKED_KINDS = ['subject', 'actor', 'address', 'object', 'evidence'] as const
export type MaskedKind = (typeof MASKED_KINDS)[number]
/** What one key stroke in the palette masks: whoever is named. */
export const PERSONS: readonly MaskedKind[] = ['subject', 'actor', 'address']

/** What people typed, and words of the program about what it read, may hold a value of any kind. */
export const ANY: readonly MaskedKind[] = MASKED_KINDS
/** Names of evidence as people gave them. */
export const EVIDENCE: readonly MaskedKind[] = ['evidence']
/** Places in the evidence, which begin with its name or are paths in it. */
export const PLACES: readonly MaskedKind[] = ['object', 'evidence']

/** A target of a request names its subject more often than not: it goes with the subjects. */
const TARGET: readonly MaskedKind[] = ['object', 'subject']
const KINDS: Record<string, readonly MaskedKind[]> = {
  subject: ['subject'],
  actor: ['actor'],
  key: ['actor'],
  key_id: ['actor'],
  address: ['address'],
  // As in a disclosure, where agents go with the addresses.
  agent: ['address'],
  object: TARGET,
  path: ['object'],
  place: PLACES,
  locator: PLACES,
  // What a finding quotes.
  expected: ANY,
  found: ANY,
}
/** Views whose rows are entries: who keeps the case is not masked, what an entry tells of is. */
const ENTRY_KINDS: Record<string, Record<string, readonly MaskedKind[]>> = {
  ledger: { says: ANY },
  sources: { name: EVIDENCE, container_files: EVIDENCE },
}

/** Kinds whose masking masks a column or a field of this name; none for one that is never masked. */
function kindsOf(name: string, kind: ColumnKind): readonly MaskedKind[] {
  if (Object.hasOwn(KINDS, name)) return KINDS[name] ?? []
  // The view of deletions names objects of requests and paths of files in one column.
  return kind === 'path' ? TARGET : []
}

/** Whether what may hold values of `kinds` is masked. */
export const touches = (kinds: readonly MaskedKind[], chosen: readonly MaskedKind[]) => kinds.some((kind) => chosen.includes(kind))

export function isColumnMasked(view: string, column: { name: string; kind: ColumnKind }, chosen: readonly MaskedKind[]): boolean {
  const known = Object.hasOwn(ENTRY_KINDS, view) ? ENTRY_KINDS[view] : undefined
  return touches(known ? (known[column.name] ?? []) : kindsOf(column.name, column.kind), chosen)
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

/** Members of an entry that tell of the ledger, not of the evidence or of what people typed. */
const OF_LEDGER = new Set(['actor', 'case', 'clock', 'key', 'nonce', 'outputs', 'prev', 'seq', 'suite', 'time', 'tool', 'type'])

/** Whether a field or a member of a record is masked by its name; one that is not known, with any kind. */
function isFieldMasked(name: string, kind: ColumnKind, chosen: readonly MaskedKind[]): boolean {
  const kinds = kindsOf(name, kind)
  return touches(kinds.length > 0 ? kinds : NEUTRAL.has(name) || PLAIN_KINDS.has(kind) ? [] : ANY, chosen)
}

/** A masked field is shown for a reason as `field` of its row; one of an entry has none, and is not shown. */
export type FieldMask = { field: string | null }

/** How each field of a detail is masked; null where it is shown. */
export function maskedFields(table: RowTable, fields: DetailField[], chosen: readonly MaskedKind[]): (FieldMask | null)[] {
  if (chosen.length === 0) return fields.map(() => null)
  if (table === 'entry') return fields.map((f) => (OF_LEDGER.has(f.name) ? null : { field: null }))
  const known = FIELDS[table]
  const rest = known.at(-1) ?? 'detail'
  const own = fields.map(({ name, kind }) => isFieldMasked(name, kind, chosen))
  const hidden = lower(fields.flatMap((f, i) => (own[i] && kindsOf(f.name, f.kind).length > 0 ? [f.value] : [])))
  return fields.map((field, i) => {
    if (field.value === null || !(own[i] || (!NEUTRAL.has(field.name) && tells(field.value, field.kind, hidden)))) return null
    // A member of the detail may bear the name of a field; the field stands first.
    const first = fields.findIndex((f) => f.name === field.name) === i
    return { field: first && known.includes(field.name) ? field.name : rest }
  })
}

/** The field that a row's title is made of; null where the title is shown. */
export function maskedTitle(table: RowTable, chosen: readonly MaskedKind[]): string | null {
  if (table === 'event') return touches(TARGET, chosen) ? 'object' : null
  if (table === 'file') return chosen.includes('object') ? 'path' : null
  if (table === 'source') return touches(PLACES, chosen) ? 'locator' : null
  return null
}
