// Invented answers to the questions of a case, for tests of components only.
import type { ActorReport, Comparison, Counts, CountQuestion, CountryTable, Coverage, FigureState, LogPreview, Retention, Stream } from '../api.gen'

export const stream = (given: Partial<Stream>): Stream => ({
  sources: [1], namesakes: 0, local_files: 0, stray: [], looked: 'hours', looked_from: '2025-06-01T00:00:00Z', looked_to: '2025-07-01T00:00:00Z', least_hours: 1,
  missing_count: given.missing_files?.length ?? 0, empty_count: given.empty_files?.length ?? 0, cut_count: given.cut_files?.length ?? 0, backwards_count: given.backwards?.length ?? 0,
  name: 'gw-01/access-{date}.log', parser: 'web_access_log', files: 30, events: 30_000, undated: 0,
  first: '2025-06-01T00:01:38Z', last: '2025-06-30T23:59:31Z', first_day: '2025-06-01', days: Array.from({ length: 30 }, () => 1000),
  holes: [], missing_files: [], empty_files: [], cut_files: [], backwards: [], unread: 0, ...given,
})

const LACKING = {
  namesakes: 1, stray: [{ from: '1970-01-01T00:00:00Z', to: '1970-01-01T01:00:00Z', events: 1 }], least_hours: 3,
  holes: [{ from: '2025-06-10T03:00:00Z', to: '2025-06-11T09:00:00Z', hours: 30, expected: 1250, seen: 4 }],
  missing_files: ['gw-02/access-2025-06-20.log'], empty_files: ['gw-02/access-2025-06-21.log'], cut_files: ['gw-02/access-2025-06-22.log.gz'],
  backwards: [{ file: 'gw-02/access-2025-06-05.log', times: 3, furthest_seconds: 4000 }], unread: 12,
}
export const COVERAGE: Coverage = {
  streams: [stream({ name: 'volume 2 at 1048576', parser: 'file_times', looked: 'no_rhythm', looked_from: null, looked_to: null, least_hours: null, first: '2019-01-01T00:00:00Z', first_day: '2019-01-01', days: Array.from({ length: 2400 }, (_, i) => i % 3), events: 2400 }), stream({}), stream({ name: 'gw-02/access-{date}.log', ...LACKING })],
  first_day: '2019-01-01', last_day: '2025-06-30', duplicate_groups: 1, duplicates: [['gw-01/access-2025-06-03.log', 'copy of access-2025-06-03.log']],
}

export const RETENTION: Retention = {
  kept_from: '2025-05-20', counted_from: '2025-05-20', counted_to: '2025-08-18', counted_days: 90, questions: ['Q5: which accounts were accessed, first and last'],
  streams: [{ name: 'gw-01/access-{date}.log', first_event: '2025-06-01T00:01:38Z', rolled_off_days: 19, unexplained_days: 12, before_first_days: 12, between_days: 0, after_last_days: 0, beyond_policy_days: 0, undated: 0, stray: 0, namesakes: 0, cut_from: null, says: 'in English' }],
}

const others = (...names: string[]) => ({ top: names.map((n, i): [string, number] => [n, 100 - i]), distinct: names.length, more: false })
export const TABLE: CountryTable = { name: 'countries.csv', sha256: 'ab'.repeat(32), bytes: 120, rows: 3, unread: 1, entry: 9, supersedes: null }
export const ACTOR: ActorReport = {
  name: 'user-0', requests: 2475, served: 2273, undated: 2, first: '2025-06-03T00:23:17Z', last: '2025-06-08T17:10:02Z', requests_of_all: 31_284,
  sessions: { count: 25, longest_seconds: 19_472, quiet: [['2025-06-06T18:02:59Z', '2025-06-08T11:45:30Z']] },
  pace: { busiest_hour: 213, busiest_hour_at: '2025-06-08T12:00:00Z', median_seconds: 14, share_at_commonest: 0.047, commonest_seconds: 2 },
  enumeration: { steps: 2463, small_rising: 1666, longest_run: 30, run_from: '70000420', run_to: '70000450', small_falling: 0, walk: null, texts: 0, says: 'in English' },
  subjects_served: 1882, subjects_asked: 2040, addresses: others('198.51.100.9', '203.0.113.77'), agents: others('example-agent/2'), keys: others('user-0'),
  countries: others('Erewhon', '-'), country_table: TABLE,
  actors: others('user-0'), others_at_addresses: others(), other_keys_at_addresses: others(), statuses: others('200', '404'), hours: Array.from({ length: 24 }, (_, i) => i * 3), weekdays: [5, 0, 3, 8, 6, 2, 0], zone_minutes: 0,
  basis: ['a session ends where no request follows for 30 minutes'],
}

export function counts(q: CountQuestion): Counts {
  const row = { actor: null, kind: null, day: null, source: null }
  return {
    rows: q.by.includes('kind') ? [{ ...row, kind: 'name', requests: 5963, subjects: 5443, third_parties: 0 }, { ...row, kind: 'email', requests: 4242, subjects: 3950, third_parties: 0 }] : [{ ...row, requests: 6100, subjects: 5500, third_parties: 312 }],
    held: { first: '2025-06-01T00:00:05Z', last: '2025-06-30T23:59:05Z', days: 30, days_without: 1, examples_without: ['2025-06-10'], undated: 0, repeated: 0 },
    units: [['requests', 'requests (page views), all, served or not'], ['subjects', 'distinct subjects (accounts) of those requests; numbers of several rows overlap and are not to be added']],
  }
}

const figure = (number: number, value: number, supersedes: number | null) => ({
  number, value, unit: 'accounts', date: '2025-11-20', author: 'Example Ltd', definition: 'accounts served to the key', document_sha256: null,
  query: { by: [], actor: null, kind: null, source: null, from: null, to: null, asked: false }, supersedes,
})
export const FIGURES: FigureState[] = [
  { figure: figure(1, 4500, null), entry: 8, superseded_by: 2, found: 5500, standing: 'differs', imports_then: 1, imports_now: 1 },
  { figure: figure(2, 5500, 1), entry: 9, superseded_by: null, found: 5500, standing: 'reproduced', imports_then: 1, imports_now: 1 },
  { figure: { ...figure(3, 120_000, null), unit: 'third_parties', query: null }, entry: 10, superseded_by: null, found: null, standing: 'not reproducible from the evidence held', imports_then: 1, imports_now: 1 },
]
export const UNITS = ['requests', 'accounts', 'third_parties', 'other']

export const COMPARISON: Comparison = {
  actor_requests: null, files_read: 4, not_served: 0, examples_not_served: [],
  in_logs: 1882, in_files: 21, in_both: 18, only_in_logs: 1864, only_in_files: 3, examples_only_in_logs: ['70000090'], examples_only_in_files: ['70000003'],
  files: [{ source: 1, path: 'Users/dev/Downloads/customers-0001.json', name_state: 'deleted', content_state: 'intact', subjects: 21, also_in_logs: 18 }],
  not_read: [['Users/dev/Downloads/customers-all.csv', 'cannot be read']], skipped: [['empty', 3]], pattern: '"id":([0-9]+)',
}

export const PREVIEW: LogPreview = {
  file: 'access.log', profile: 'combined', confidence: 97, runner_up: 'common', zone: 'as each time states', columns: ['at', 'actor', 'subject'],
  rows: [['2025-06-01T00:00:05Z', 'user1', null], ['2025-06-01T00:03:05Z', null, null]], read: 180, unread: 1, without_year: 0, without_zone: 0,
  unread_samples: [{ reason: 'no time', offset: '512', text: 'garbage line' }], fields: ['remote', 'time'], toml: 'name = "combined"\n',
}
