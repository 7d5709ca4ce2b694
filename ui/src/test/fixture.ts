// A host with an invented case, for tests of components only; the product never imports it.
import type { Annotation, ColumnInfo, ColumnKind, JobProgress, Query, Request, Response, Row, RowTable, ViewInfo } from '../api.gen'
import type { Host } from '../host'
import { annotations, custody } from './acts'
import { headsOf, PACKAGE } from './heads'
import { ACTOR, COMPARISON, COVERAGE, FIGURES, PREVIEW, RETENTION, TABLE, UNITS, counts } from './answers'

const column = (name: string, kind: ColumnKind, facet = false, order = true): ColumnInfo => ({
  name, title: name[0]?.toUpperCase() + name.slice(1).replaceAll('_', ' '), kind, facet, order,
})

export const VIEWS: ViewInfo[] = [
  { name: 'accessed', title: 'Accessed', about: 'Requests and openings', time: 'when', columns: [column('when', 'time'), column('action', 'state', true), column('actor', 'text', true), column('object', 'path'), column('status', 'integer', true), column('bytes', 'bytes'), column('exposes', 'words')] },
  { name: 'deleted', title: 'Deleted', about: 'Names no longer in use', time: 'when', columns: [column('when', 'time'), column('path', 'path'), column('name_state', 'state', true), column('record_state', 'state', true), column('content_state', 'state', true), column('size', 'bytes')] },
  { name: 'requests-by-actor', title: 'Requests by actor', about: 'Counts per actor', time: null, columns: [column('actor', 'text'), column('requests', 'integer'), column('first', 'time'), column('last', 'time')] },
  { name: 'sources', title: 'Sources', about: 'Evidence', time: null, columns: [column('name', 'path'), column('kind', 'state', true), column('bytes', 'bytes'), column('sha256', 'digest')] },
  { name: 'timeline', title: 'Timeline', about: 'Every event', time: 'when', columns: [column('when', 'time'), column('action', 'state', true), column('actor', 'text', true), column('subject', 'text', true), column('object', 'path')] },
]

const ODD = 'invoice\u202Egnp.exe'

function cell(kind: ColumnKind, name: string, i: number): string | null {
  switch (kind) {
    case 'time':
      return i % 11 === 7 ? null : `${new Date(Date.UTC(2025, 5, 24) + i * 61_000).toISOString().replace('.000', '')}${i % 13 === 5 ? ' (local, zone unknown)' : ''}`
    case 'text':
      if (name === 'subject') return `subject-${i % 5}`
      return i % 9 === 3 ? null : `user-${i % 7}`
    case 'path':
      if (name === 'object' && i % 19 === 6) return `/api/v2/accounts/subject-${i % 5}/orders`
      return i % 17 === 4 ? `/home/dev/${ODD}` : `/api/v2/accounts/${(i * 7919) % 100_000}/addresses/export-of-all-known-recipients-${i}.json`
    case 'integer':
      return name === 'requests' ? String(100_000 - i) : String([200, 200, 403, 200, 500][i % 5])
    case 'bytes':
      return String((i * 104_729) % 90_000_000)
    case 'state':
      return { action: ['requested', 'opened', 'deleted'], name_state: ['deleted', 'trashed', 'allocated'], record_state: ['free', 'reused', 'allocated'], content_state: ['intact', 'overwritten', 'partly overwritten', 'unknown'] }[name]?.at(i % 3) ?? 'raw image'
    case 'digest':
      return (i * 2_654_435_761).toString(16).padStart(8, '0').repeat(8).slice(0, 64)
    case 'words':
      return ['email,name', 'address,name,phone', ''][i % 3] ?? ''
    case 'json':
      return JSON.stringify({ n: i })
  }
}

export function row(view: ViewInfo, i: number): Row {
  const single = view.name !== 'requests-by-actor'
  return { id: single ? String(1_099_511_627_776 + i) : null, table: single ? 'event' : null, cells: view.columns.map((c) => cell(c.kind, c.name, i)) }
}

const hash = (n: number) => n.toString(16).padStart(2, '0').repeat(32)

function matching(total: number, query: Query): number {
  return query.filters.length > 0 || query.from ? Math.floor(total / 7) : total
}

const progress = (state: JobProgress['state'], part: number): JobProgress => ({
  state, phase: 'reading', item: 'p2/Users/dev/ntuser.dat', bytes_done: String(Math.floor(part * 5e9)), bytes_total: '5000000000',
  files: String(Math.floor(part * 88_000)), rows: String(Math.floor(part * 1_200_000)), rows_total: null, findings: '12', seconds: Math.floor(part * 90), seconds_left: part < 1 ? Math.ceil(90 * (1 - part)) : null,
  error: null, verification: null, answer: null,
})

/** The seventh row. */
const REQUESTED = '1099511627782'

/** A request in a log, which names its subject in more than one place. */
function requested(table: RowTable, id: string): Response {
  const object = '/api/v2/accounts/subject-1/orders'
  return { answer: 'detail', detail: { table, id, title: `requested ${object}`, spans: [{ source: '5', offset: '1000', length: '72' }], chain: [], parser: 'log 1', parser_limits: [], fields: [
    { name: 'at', title: 'When', value: '2025-06-24T07:20:34Z', kind: 'time' }, { name: 'object', title: 'What', value: object, kind: 'path' },
    { name: 'actor', title: 'Actor', value: 'user-1', kind: 'text' }, { name: 'subject', title: 'Subject', value: 'subject-1', kind: 'text' },
    { name: 'address', title: 'Address', value: '198.51.100.7', kind: 'text' }, { name: 'referer', title: 'Referer', value: 'https://example.org/?account=SUBJECT-1', kind: 'text' },
    { name: 'status', title: 'Status', value: '200', kind: 'integer' },
  ] } }
}

/** Answers every question of the interface out of invention. `asked` keeps what was asked. */
export function fixture(rows = 12_345_678, options: { kind?: Host['kind'] } = {}): Host & { asked: Request[] } {
  const asked: Request[] = []
  let job: 'import' | 'verify' | 'disclose' = 'import'
  const heads = headsOf()
  let cancelled = false
  const kept: Annotation[] = []
  const answer = (request: Request): Response => {
    asked.push(request)
    const view = 'view' in request ? VIEWS.find((v) => v.name === request.view) : undefined
    const total = view?.name === 'sources' ? 3 : rows
    switch (request.ask) {
      case 'info':
        return { answer: 'info', info: { id: '7f1e', title: 'Case 2025-114', path: '/cases/2025-114.casebook', sources: [{ id: '1', label: 'Exhibit 3', kind: 'ewf image', bytes: '5000000000', sha256: hash(7), sha1: null, md5: null, stored: [], volumes: [], content_root: hash(9), receipts: 1 }], events: String(rows), files: '88123', findings: '12', entries: '7', root: hash(0xa7), content_root: hash(0xb2), unfinished: [], standing: 'consistent, not anchored' } }
      case 'views':
        return { answer: 'views', views: VIEWS }
      case 'count':
        return { answer: 'count', matching: String(matching(total, request.query)), total: String(total) }
      case 'rows': {
        const n = matching(total, request.query)
        const { page } = request
        const start = page.by === 'first' ? 0 : page.by === 'at' ? Number(page.position) : Number(page.cursor)
        const end = Math.min(n, start + page.limit)
        return { answer: 'rows', rows: { rows: view ? Array.from({ length: Math.max(0, end - start) }, (_, i) => row(view, start + i)) : [], next: end < n ? String(end) : null } }
      }
      case 'facets':
        if (request.column === 'subject') return { answer: 'facets', more: false, facets: [{ value: 'subject-1', count: '812345' }] }
        return { answer: 'facets', more: true, facets: [{ value: 'requested', count: '812345' }, { value: 'opened', count: '1203' }, { value: null, count: '17' }] }
      case 'histogram':
        return { answer: 'histogram', histogram: { start: String(Date.UTC(2025, 5, 24) * 1000), width: '86400000000', counts: Array.from({ length: 160 }, (_, i) => Math.floor(4000 * Math.abs(Math.sin(i / 9)) * ((i * 37) % 10)) % 9000), undated: '1234' } }
      case 'detail':
        if (request.id === REQUESTED) return requested(request.table, request.id)
        return { answer: 'detail', detail: { table: request.table, id: request.id, title: `deleted ${ODD}`, fields: [
          { name: 'path', title: 'Path', value: `/home/dev/${ODD}`, kind: 'path' }, { name: 'when', title: 'When', value: '2025-06-24T07:20:34Z', kind: 'time' }, { name: 'size', title: 'Size', value: '1048577', kind: 'bytes' },
          { name: 'name_state', title: 'Name', value: 'deleted', kind: 'state' }, { name: 'name_rule', title: 'Rule', value: 'directory entry marked 0xE5', kind: 'text' },
          { name: 'record_state', title: 'Record', value: 'reused', kind: 'state' }, { name: 'record_rule', title: 'Rule', value: 'sequence number 4, entry says 3', kind: 'text' },
          { name: 'content_state', title: 'Content', value: 'overwritten', kind: 'state' }, { name: 'content_rule', title: 'Rule', value: '12 of 12 clusters allocated to record 771', kind: 'text' },
          { name: 'more', title: 'More', value: '{"short_name":"INVOIC~1.EXE","nested":{"a":[1,2]}}', kind: 'json' }, { name: 'deleted', title: 'Deleted', value: null, kind: 'time' },
        ], spans: [{ source: '5', offset: '1000', length: '72' }, { source: '5', offset: '9000', length: '16' }], chain: [{ source: '5', kind: 'volume', name: 'p2', bytes: '4000000000', sha256: null }, { source: '1', kind: 'ewf image', name: 'disk.E01', bytes: '5000000000', sha256: hash(7) }], parser: 'ntfs 1', parser_limits: ['Attribute lists deeper than 3 are cut.'] } }
      case 'bytes':
        return { answer: 'bytes', offset: request.offset, base64: '', source_bytes: '5000000000' }
      case 'proof':
        return { answer: 'proof', proof: { holds: true, verdict: 'The row is under the head of 7 entries, root a7a7….', bundle: '{}', steps: [{ name: 'bytes', says: '72 bytes at 1000 of volume p2; the evidence is not at hand', hash: null, ok: null }, { name: 'row', says: 'row 4711 of import 1', hash: hash(1), ok: true }, { name: 'import', says: 'path of 21 hashes to the root of 1,200,000 rows', hash: hash(2), ok: true }, { name: 'entry', says: 'entry 5 holds that root', hash: hash(3), ok: true }, { name: 'head', says: 'path of 3 hashes to the head', hash: hash(0xa7), ok: true }] } }
      case 'inspect':
        return { answer: 'inspect', items: request.handles.map((handle) => ({ handle, name: 'disk.E01', format: 'ewf image', bytes: '2100000000', segments: ['disk.E01', 'disk.E02'], stored: [['md5', hash(4).slice(0, 32)], ['Examiner', 'A. Example']], media_bytes: '5000000000', scheme: 'GPT', volumes: [{ id: '0', offset: '1048576', bytes: '104857600', kind: 'partition', type_name: 'EFI system', file_system: 'FAT32', label: 'EFI' }, { id: '1', offset: '105906176', bytes: '4800000000', kind: 'partition', type_name: 'Basic data', file_system: null, label: null }], encryption: ['BitLocker on volume 2'], members: null, log_profile: null, log_confidence: null, notes: [] })) }
      case 'formats':
        return { answer: 'formats', parsers: [], profiles: [{ name: 'combined', version: '1', about: 'Web access log', format: 'text', limits: [] }] }
      case 'import':
      case 'verify':
      case 'disclose':
        job = request.ask
        cancelled = false
        return { answer: 'job', job: 1 }
      case 'begin':
        return answer(request.question)
      case 'countries':
      case 'add_countries':
        return { answer: 'countries', table: request.ask === 'countries' ? null : TABLE, faults: request.ask === 'countries' ? [] : ['line 3: no country'] }
      case 'heads':
        return heads(request.asked)
      case 'progress':
        return { answer: 'progress', progress: progress('running', 0.4) }
      case 'cancel':
        cancelled = true
        return { answer: 'done' }
      case 'preview':
        if (request.toml?.includes('broken')) throw { code: 'failed', message: 'the profile cannot be read: line 1', hint: null }
        return { answer: 'preview', logs: [{ ...PREVIEW, ...(request.profile ? { profile: request.profile, confidence: 0 } : {}), ...(request.toml === null ? {} : { toml: request.toml }) }] }
      case 'coverage':
        return { answer: 'coverage', coverage: COVERAGE }
      case 'retention':
        return { answer: 'retention', retention: RETENTION }
      case 'actor':
        return { answer: 'actor', report: { ...ACTOR, name: request.question.name, zone_minutes: request.question.zone_minutes ?? 0 } }
      case 'counts':
        return { answer: 'counts', counts: counts(request.question) }
      case 'compare':
        return { answer: 'compare', comparison: COMPARISON }
      case 'figures':
        return { answer: 'figures', figures: FIGURES, units: UNITS }
      case 'add_figure':
        return { answer: 'figures', units: UNITS, figures: [...FIGURES, { figure: { ...request.figure, number: FIGURES.length + 1 }, entry: 11, superseded_by: null, found: null, standing: 'differs', imports_then: 1, imports_now: 1 }] }
      case 'custody':
        return custody(request.asked)
      case 'annotations':
        return annotations(request.asked, kept)
      case 'export':
        return { answer: 'exported', rows: String(matching(total, request.query)), path: '/tmp/accessed.csv' }
    }
  }
  return {
    asked,
    kind: options.kind ?? 'window',
    call: (request) => Promise.resolve(answer(request) as never),
    begin: (question) => Promise.resolve(answer(question) as never),
    ask: (request) => {
      switch (request.ask) {
        case 'start':
          return Promise.resolve({ answer: 'start', start: { open: false, recent: [{ handle: 'r1', title: 'Case 2025-114', path: '/cases/2025-114.casebook', exists: true }, { handle: 'r2', title: 'Old case', path: '/media/usb/old.casebook', exists: false }], dialogs: true, sample: true, offered: [], version: '0.1.0' } })
        case 'choose_evidence':
        case 'choose_export':
          return Promise.resolve({ answer: 'chosen', items: [{ handle: 'h1', name: 'disk.E01' }] })
        case 'close_case':
        case 'save_text':
        case 'save_bytes':
          return Promise.resolve({ answer: 'done' })
        default:
          return Promise.resolve({ answer: 'opened' })
      }
    },
    bytes: (_source, offset, length) => Promise.resolve(Uint8Array.from({ length }, (_, i) => Number((offset + BigInt(i)) * 37n % 251n))),
    async follow(_job, report) {
      for (let part = 0.1; part < 1; part += job === 'import' ? 0.01 : 0.3) {
        report(progress('running', part))
        await new Promise((resolve) => setTimeout(resolve, job === 'import' ? 15 : 1))
        if (cancelled) return progress('cancelled', part)
      }
      const done = progress('done', 1)
      if (job === 'disclose') done.package = PACKAGE
      if (job === 'verify') done.verification = { verdict: 'consistent, not anchored', ok: true, root: hash(0xa7), entries: '7', checks: [{ name: 'evidence', ok: null, says: 'The evidence was not given; its blocks were not compared.', place: null }, { name: 'entries', ok: true, says: '7 entries, each holding the root of those before it.', place: null }, { name: 'rows', ok: true, says: '1,200,000 rows hash to the roots of their imports.', place: null }] }
      return done
    },
    onDrop: () => () => {},
    download: () => null,
  }
}
