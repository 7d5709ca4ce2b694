import type { ActorKind, ActorReport, Comparison, CountRow, Counts, CountQuestion, CountryTable, Coverage, Figure, FigureState, Retention } from '../api.gen'
import type { Host } from '../host'
import { Asked } from './asked.svelte'
import { blankCount, type CountForm } from './counts'

export const PAGES = ['coverage', 'actor', 'counts', 'figures', 'compare'] as const
/** A page of questions. */
export type QuestionPage = (typeof PAGES)[number]

export type Countries = { table: CountryTable | null; faults: string[] }
export type Figures = { figures: FigureState[]; units: string[] }

/** What was asked of the open case and answered; kept while one looks elsewhere. */
export class Questions {
  readonly coverage = new Asked<Coverage>()
  readonly retention = new Asked<Retention>()
  readonly actor = new Asked<ActorReport>()
  readonly counts = new Asked<Counts>()
  readonly figures = new Asked<Figures>()
  readonly compare = new Asked<Comparison>()
  readonly countries = new Asked<Countries>()

  retentionForm = $state({ policy: '90', preserved: '', interest: '', open: false })
  actorForm = $state({ kind: 'actor' as ActorKind, name: '', from: '', to: '', zone: 0 })
  /** The question that `actor` answers: the form may have moved on. */
  actorAsked = $state.raw<{ kind: ActorKind; name: string; from: string | null; to: string | null } | null>(null)
  countForm = $state<CountForm>(blankCount())
  countAsked = $state.raw<CountQuestion | null>(null)
  compareForm = $state({ files: '', actor: '', pattern: '', logsToo: false })
  /** A figure about to be added, from a count. */
  figureDraft = $state.raw<{ query: CountQuestion; value: number | null } | null>(null)
  /** Kinds of data and actors that forms offer. */
  kinds = $state.raw<string[] | null>(null)
  actors = $state.raw<string[] | null>(null)

  constructor(readonly host: Host) {}

  /** After an import nothing answered before need hold. */
  forget(): void {
    for (const one of [this.coverage, this.retention, this.actor, this.counts, this.figures, this.compare]) one.forget()
    this.kinds = null
    this.actors = null
  }

  readCoverage(): void {
    void this.coverage.long(this.host, { ask: 'coverage' }, 'coverage', (found) => found.coverage)
  }

  readCountries(): void {
    void this.countries.run(() => this.host.call({ ask: 'countries' }, 'countries'))
  }

  /** Puts a table in force; what was told of an actor is told anew by it. */
  async addCountries(handle: string): Promise<Countries> {
    const found = await this.host.call({ ask: 'add_countries', handle }, 'countries')
    this.countries.take(found)
    this.actor.forget()
    return found
  }

  readRetention(): void {
    const { policy, preserved, interest } = this.retentionForm
    const question = { policy_days: Number(policy), preserved: preserved.trim(), interest_from: orNull(interest) }
    void this.retention.long(this.host, { ask: 'retention', question }, 'retention', (found) => found.retention)
  }

  readActor(): void {
    const { kind, name, from, to, zone } = this.actorForm
    if (name.trim() === '') return
    const asked = { kind, name: name.trim(), from: orNull(from), to: orNull(to) }
    this.actorAsked = asked
    void this.actor.long(this.host, { ask: 'actor', question: { ...asked, zone_minutes: zone } }, 'actor', (found) => found.report)
  }

  readCounts(question: CountQuestion): void {
    this.countAsked = question
    void this.counts.long(this.host, { ask: 'counts', question }, 'counts', (found) => found.counts)
  }

  /** What a query gives now, in each unit. */
  async tryCount(question: CountQuestion): Promise<Pick<CountRow, 'requests' | 'subjects' | 'third_parties'>> {
    const { counts } = await this.host.call({ ask: 'counts', question: { ...question, by: [] } }, 'counts')
    return counts.rows[0] ?? { requests: 0, subjects: 0, third_parties: 0 }
  }

  readFigures(): void {
    void this.figures.run(async () => {
      const { figures, units } = await this.host.call({ ask: 'figures' }, 'figures')
      return { figures, units }
    })
  }

  /** Adds a figure; throws what the case refuses. Returns its number. */
  async addFigure(figure: Figure): Promise<number> {
    const { figures, units } = await this.host.call({ ask: 'add_figure', figure }, 'figures')
    this.figures.take({ figures, units })
    return Math.max(0, ...figures.map((f) => f.figure.number))
  }

  readComparison(): void {
    const { files, actor, pattern, logsToo } = this.compareForm
    const question = { files: files.trim(), actor: orNull(actor), pattern: orNull(pattern), logs_too: logsToo }
    void this.compare.long(this.host, { ask: 'compare', question }, 'compare', (found) => found.comparison)
  }

  /** Values that forms offer; without them they can still be typed. */
  async readOffers(): Promise<void> {
    if (this.kinds) return
    this.kinds = []
    this.actors = []
    const nothing = { actor: null, kind: null, source: null, from: null, to: null, asked: false }
    try {
      const { counts } = await this.host.call({ ask: 'counts', question: { ...nothing, by: ['kind'] } }, 'counts')
      this.kinds = counts.rows.flatMap((r) => (r.kind === null ? [] : [r.kind])).sort()
      const query = { filters: [], from: null, to: null, order: null, descending: false }
      const { facets } = await this.host.call({ ask: 'facets', view: 'accessed', query, column: 'actor', limit: 50 }, 'facets')
      this.actors = facets.flatMap((f) => (f.value === null ? [] : [f.value]))
    } catch {
      // A form without a list is a form.
    }
  }
}

export function orNull(text: string): string | null {
  return text.trim() === '' ? null : text.trim()
}
