import type { ActorKind, ApiError, Chosen, Filter, HostRequest, HostResponse, StartInfo } from '../api.gen'
import { asError, type Host } from '../host'
import type { Mapping } from '../import/mapping'
import type { RecordPage } from '../acts/acts.svelte'
import type { QuestionPage } from '../questions/questions.svelte'
import { CaseState } from './case.svelte'
import { Job } from './job.svelte'
import { emptyQuery } from './query'

export type Dialog = 'disclose' | 'import' | 'palette' | 'keys' | 'tag' | null

/** The whole page: start screen or case, dialogs, the running job. */
export class App {
  start = $state.raw<StartInfo | null>(null)
  case = $state.raw<CaseState | null>(null)
  screen = $state<'view' | 'verify' | QuestionPage | RecordPage>('view')
  dialog = $state<Dialog>(null)
  /** Import under way or just ended. */
  job = $state.raw<Job | null>(null)
  verification = $state.raw<Job | null>(null)
  error = $state.raw<ApiError | null>(null)
  notice = $state('')
  busy = $state(false)
  /** Handles dropped on the window and not yet looked at. */
  dropped = $state.raw<Chosen[]>([])
  dropOver = $state(false)

  constructor(readonly host: Host) {
    host.onDrop((event) => {
      this.dropOver = event.kind === 'over'
      if (event.kind !== 'dropped' || !this.case) return
      this.dropped = event.items
      this.dialog = 'import'
    })
  }

  async begin(): Promise<void> {
    await this.guarded(async () => {
      const answer = await this.host.ask({ ask: 'start' })
      if (answer.answer === 'start') this.start = answer.start
      if (this.start?.open) await this.enter()
    })
  }

  /** Opens, creates or closes a case by the host. */
  async go(request: HostRequest): Promise<void> {
    this.busy = true
    await this.guarded(async () => {
      const answer = await this.host.ask(request)
      if (answer.answer === 'opened') await this.enter()
    })
    this.busy = false
  }

  async enter(): Promise<void> {
    const opened = new CaseState(this.host)
    this.screen = 'view'
    this.verification = null
    this.job = null
    await opened.load()
    this.case = opened
  }

  async leave(): Promise<void> {
    await this.guarded(async () => {
      await this.host.ask({ ask: 'close_case' })
      this.case = null
      this.dialog = null
      const answer = await this.host.ask({ ask: 'start' })
      if (answer.answer === 'start') this.start = answer.start
    })
  }

  /** The rows behind a number of an answer. */
  showRows(view: string, filters: Filter[], from: string | null = null, to: string | null = null): void {
    if (!this.case) return
    this.screen = 'view'
    this.case.showWith(view, { ...emptyQuery(), filters, from, to })
  }

  /** What is known of one actor; asks at once. */
  showActor(kind: ActorKind, name: string): void {
    if (!this.case) return
    const { questions } = this.case
    questions.actorForm = { ...questions.actorForm, kind, name, from: '', to: '' }
    this.screen = 'actor'
    questions.readActor()
  }

  async import(handles: string[], mapping: Mapping, label: string | null, title: string): Promise<void> {
    await this.guarded(async () => {
      const { profile, toml, zone } = mapping
      const { job } = await this.host.call({ ask: 'import', handles, profile, label, ...(toml === null ? {} : { toml }), ...(zone === null ? {} : { zone }) }, 'job')
      const running = new Job(this.host, job, 'import', title)
      this.job = running
      await running.follow()
      await this.case?.refresh()
      this.case?.run()
    })
  }

  async verify(evidence: string[], allDigests: boolean): Promise<void> {
    await this.guarded(async () => {
      const { job } = await this.host.call({ ask: 'verify', evidence, all_digests: allDigests }, 'job')
      const running = new Job(this.host, job, 'verify', '')
      this.verification = running
      await running.follow()
    })
  }

  async ask(request: HostRequest): Promise<HostResponse | null> {
    try {
      return await this.host.ask(request)
    } catch (error) {
      this.error = asError(error)
      return null
    }
  }

  async guarded(work: () => Promise<void>): Promise<void> {
    try {
      this.error = null
      await work()
    } catch (error) {
      this.error = asError(error)
    }
  }
}
