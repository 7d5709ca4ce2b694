// Invented records of custody and annotations, for tests of components only.
import type { Annotation, AnnotationAct, Custody, CustodyAct, CustodyRecord, HashPlace, Response } from '../api.gen'

const record = (given: Partial<CustodyRecord>): CustodyRecord => ({
  number: 1, item: 'E-1', make: null, model: null, serial: null, seal: null, holder: 'Officer A', from: '2025-06-24T10:00+09:00', to: null, place: null, purpose: null,
  hashes: [], stated_by: null, stated_on: null, participation: null, participation_by: null, source: null, supersedes: null, ...given,
})
const PLACE: HashPlace = { hash: '825ac373aff4d5af610bc445129f317d', what: 'md5', source: 1, name: 'disk.E01', entry: 2 }

export const CUSTODY: Custody = {
  items: [{
    item: 'E-1', known_hashes: [PLACE],
    records: [
      { record: record({ make: 'Example', serial: 'SN-1', to: '2025-06-24T18:30+09:00', place: 'Desk 4', purpose: 'seizure', seal: 'S-1', participation: 'waived', participation_by: 'the owner' }), entry: 7, superseded_by: null },
      { record: record({ number: 2, holder: 'Laboratory', from: '2025-06-24T20:00+09:00', seal: 'S-2', hashes: [PLACE.hash] }), entry: 8, superseded_by: null },
    ],
    findings: [
      { code: 'gap', severity: 'error', records: [1, 2], expected: '2025-06-24T18:30+09:00', found: '2025-06-24T20:00+09:00', seconds: 5400, says: 'in English' },
      { code: 'seal-changed', severity: 'warning', records: [1, 2], expected: 'S-1', found: 'S-2', seconds: null, says: 'in English' },
    ],
  }],
  lists: [],
}

export function custody(asked: CustodyAct): Response {
  switch (asked.act) {
    case 'compare_hash': {
      const typed = asked.text.replaceAll(/[\s:-]/g, '').toLowerCase()
      const at = [...PLACE.hash].flatMap((digit, i) => (typed[i] === digit ? [] : [i + 1]))
      return { answer: 'hash', hash: { typed, kind: 'md5', odd: [], equals: at.length === 0 ? [PLACE] : [], begins: [], nearest: at.length === 0 ? null : { place: PLACE, differs: at.length, at }, compared: 43 } }
    }
    case 'check_list':
      return { answer: 'job', job: 1 }
    case 'add':
      return { answer: 'custody', custody: { ...CUSTODY, items: [...CUSTODY.items, { item: asked.record.item, known_hashes: [], findings: [], records: [{ record: { ...asked.record, number: 3 }, entry: 9, superseded_by: null }] }] } }
    default:
      return { answer: 'custody', custody: CUSTODY }
  }
}

/** Annotations of a session, kept in `kept`. */
export function annotations(asked: AnnotationAct, kept: Annotation[]): Response {
  const answer = (list: Annotation[]): Response => ({ answer: 'annotations', annotations: list })
  const inForce = () => kept.filter((a) => a.removed_by === null)
  switch (asked.act) {
    case 'add': {
      const rows = asked.rows.map((row) => ({ row, title: `row ${row.id}`, as_it_was: true }))
      kept.push({ number: kept.length + 1, kind: asked.kind, text: asked.text, rows, row_count: rows.length, entry: 20 + kept.length, time: '2025-06-24T10:00:00.000Z', actor: 'A1', removed_by: null })
      return answer(inForce())
    }
    case 'add_to_view':
      kept.push({ number: kept.length + 1, kind: asked.kind, text: asked.text, rows: [], row_count: 3, entry: 20 + kept.length, time: '2025-06-24T10:00:00.000Z', actor: 'A1', removed_by: null })
      return answer(inForce())
    case 'of':
      return answer(inForce().filter((a) => a.rows.some((r) => r.row.id === asked.row.id)))
    case 'remove':
      kept.splice(0, kept.length, ...kept.map((a) => (a.number === asked.number ? { ...a, removed_by: 40 } : a)))
      return answer(inForce())
    case 'open_masked':
      return { answer: 'unmasked', unmasked: { value: 'shown', entry: 30, opening: null } }
    case 'record_opening':
      return { answer: 'record_opening', recorded: asked.choice ?? true }
    default:
      return answer(asked.act === 'list' && asked.removed ? [...kept] : inForce())
  }
}
