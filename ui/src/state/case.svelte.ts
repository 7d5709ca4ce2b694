import { untrack } from 'svelte'
import type { ApiError, CaseInfo, ColumnInfo, Filter, Query, Row, RowTable, ViewInfo } from '../api.gen'
import { Acts } from '../acts/acts.svelte'
import { HeadsState } from '../heads/heads.svelte'
import { asError, type Host } from '../host'
import { Questions } from '../questions/questions.svelte'
import { Pages } from '../table/pages.svelte'
import { emptyQuery, narrows, withFilter } from './query'
import { Waiting } from './waiting.svelte'

export type Counts = { matching: string; total: string }
export type Open = { table: RowTable; id: string; index: number }

/** An open case as the page sees it: its views, the one shown, its filter, the chosen row. */
export class CaseState {
  info = $state.raw<CaseInfo | null>(null)
  views = $state.raw<ViewInfo[]>([])
  /** Rows of each view without a filter, by name. */
  totals = $state<Record<string, string>>({})
  shown = $state('')
  queries = $state.raw<Record<string, Query>>({})
  counts = $state.raw<Counts | null>(null)
  pages = $state.raw<Pages | null>(null)
  /** For what the shown view is asked. */
  waiting = $state.raw(new Waiting())
  /** Cell under the cursor. */
  row = $state(0)
  column = $state(0)
  open = $state.raw<Open | null>(null)
  error = $state.raw<ApiError | null>(null)
  readonly questions: Questions
  readonly acts: Acts
  readonly heads: HeadsState
  /** The last key for tags and notes that a pane has taken. */
  marksSeen = 0

  constructor(readonly host: Host) {
    this.questions = new Questions(host)
    this.acts = new Acts(host)
    this.heads = new HeadsState(host)
  }

  get view(): ViewInfo | null {
    return this.views.find((view) => view.name === this.shown) ?? null
  }

  get query(): Query {
    return this.queries[this.shown] ?? emptyQuery()
  }

  /** Whether rows of the view are single ones, which can be tagged; known once one is read. */
  get single(): boolean {
    return typeof this.pages?.row(0)?.id === 'string'
  }

  get filtered(): boolean {
    return narrows(this.query)
  }

  async load(): Promise<void> {
    await this.#guarded(async () => {
      this.views = (await this.host.call({ ask: 'views' }, 'views')).views
      this.show(this.view?.name ?? this.views[0]?.name ?? '')
      await this.refresh()
    })
  }

  /** Reads again what an import may have changed. */
  async refresh(): Promise<void> {
    this.questions.forget()
    this.acts.custody.forget()
    this.heads.shown.forget()
    await this.#guarded(async () => {
      this.info = (await this.host.call({ ask: 'info' }, 'info')).info
      for (const view of this.views) {
        const { total } = await this.host.call({ ask: 'count', view: view.name, query: emptyQuery() }, 'count')
        this.totals[view.name] = total
      }
    })
  }

  /** Reads again what an entry of the ledger changed. */
  async refreshLedger(): Promise<void> {
    await this.#guarded(async () => {
      this.info = (await this.host.call({ ask: 'info' }, 'info')).info
      if (this.heads.shown.answer?.entries !== this.info.entries) this.heads.shown.forget()
      if (!this.views.some((v) => v.name === 'ledger')) return
      this.totals['ledger'] = (await this.host.call({ ask: 'count', view: 'ledger', query: emptyQuery() }, 'count')).total
      if (this.shown === 'ledger') this.run()
    })
  }

  show(view: string): void {
    if (this.shown === view && this.pages) return
    this.shown = view
    this.open = null
    this.column = 0
    this.run()
  }

  /** Shows a view under a query. */
  showWith(view: string, query: Query): void {
    this.queries = { ...this.queries, [view]: query }
    this.shown = view
    this.open = null
    this.column = 0
    this.run()
  }

  narrow(query: Query): void {
    this.showWith(this.shown, query)
  }

  addFilter(filter: Filter): void {
    this.narrow(withFilter(this.query, filter))
  }

  /** Reads the shown view anew. */
  run(): void {
    if (!this.view) return
    untrack(() => this.waiting).close()
    const mine = (this.waiting = new Waiting())
    const { shown, query } = this
    this.row = 0
    this.counts = null
    this.pages = new Pages(this.host, shown, query, mine)
    void this.#guarded(async () => {
      const counts = await mine.ask(this.host, { ask: 'count', view: shown, query }, 'count').catch((error: unknown) => {
        // Who asked for something else, or stopped, needs no number.
        if (mine.signal.aborted) return null
        throw error
      })
      if (!counts || mine !== this.waiting) return
      this.counts = counts
      this.totals[shown] = counts.total
    })
  }

  openRow(index: number): void {
    const row = this.pages?.row(index)
    if (row?.id && row.table) this.open = { table: row.table, id: row.id, index }
    else if (row) this.drill(row)
  }

  /** The rows behind a row that stands for many: another view, filtered by what names it. */
  drill(row: Row): void {
    const from = this.view
    if (!from) return
    const target = drillTarget(from, this.views)
    if (!target) return
    const filters = target.columns.flatMap((column): Filter[] => {
      const at = from.columns.findIndex((c) => c.name === column.name)
      // An empty value asks for rows that have none.
      return [{ column: column.name, op: '=', values: [row.cells[at] ?? ''] }]
    })
    if (filters.length === 0) return
    this.showWith(target.view.name, { ...emptyQuery(), filters, from: this.query.from, to: this.query.to })
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work()
      this.error = null
    } catch (error) {
      this.error = asError(error)
    }
  }
}

const NAMING = new Set(['text', 'path', 'digest'])
/** Views whose rows are single events, the narrower first. */
const SINGLE = ['accessed', 'timeline']

/** The view of single rows that shares the most naming columns with `from`. */
function drillTarget(from: ViewInfo, views: ViewInfo[]): { view: ViewInfo; columns: ColumnInfo[] } | null {
  let best: { view: ViewInfo; columns: ColumnInfo[] } | null = null
  for (const name of SINGLE) {
    const view = views.find((v) => v.name === name)
    if (!view || name === from.name) continue
    const columns = view.columns.filter((c) => NAMING.has(c.kind) && from.columns.some((f) => f.name === c.name && f.kind === c.kind))
    if (columns.length > (best?.columns.length ?? 0)) best = { view, columns }
  }
  return best
}
