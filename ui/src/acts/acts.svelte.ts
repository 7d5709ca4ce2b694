import type { Annotation, Custody, CustodyRecord, HashAnswer, ListCheck, Query, RowKey } from '../api.gen'
import type { Host } from '../host'
import { Asked } from '../questions/asked.svelte'
import { Job } from '../state/job.svelte'

export const RECORDS = ['custody', 'annotated', 'heads'] as const
/** A page of what people recorded, and of what holds the record. */
export type RecordPage = (typeof RECORDS)[number]

/** Rows that the case takes into one entry. */
export const MOST_TAGGED = 10_000

/** What people recorded in the open case; kept while one looks elsewhere. */
export class Acts {
  readonly custody = new Asked<Custody>()
  readonly annotations = new Asked<Annotation[]>()
  readonly hash = new Asked<HashAnswer>()
  removed = $state(false)
  typed = $state('')
  listJob = $state.raw<Job | null>(null)
  /** Counts what was annotated, so that an open row reads its marks anew. */
  changes = $state(0)

  constructor(readonly host: Host) {}

  readCustody(): void {
    void this.custody.run(async () => (await this.host.call({ ask: 'custody', asked: { act: 'list' } }, 'custody')).custody)
  }

  readAnnotations(): void {
    const { removed } = this
    void this.annotations.run(async () => (await this.host.call({ ask: 'annotations', asked: { act: 'list', removed } }, 'annotations')).annotations)
  }

  async addRecord(record: CustodyRecord): Promise<void> {
    this.custody.take((await this.host.call({ ask: 'custody', asked: { act: 'add', record } }, 'custody')).custody)
  }

  async importRecords(file: File): Promise<void> {
    const data = await base64(file)
    this.custody.take((await this.host.call({ ask: 'custody', asked: { act: 'import', name: file.name, data } }, 'custody')).custody)
  }

  async checkList(file: File, made: string | null): Promise<void> {
    const data = await base64(file)
    const { job } = await this.host.call({ ask: 'custody', asked: { act: 'check_list', name: file.name, data, made, source: null } }, 'job')
    const running = new Job(this.host, job, 'verify', file.name)
    this.listJob = running
    await running.follow()
  }

  get checked(): ListCheck | null {
    return this.listJob?.progress?.list ?? null
  }

  async recordList(): Promise<void> {
    if (!this.listJob) return
    this.custody.take((await this.host.call({ ask: 'custody', asked: { act: 'record_list', job: this.listJob.id } }, 'custody')).custody)
    this.listJob = null
  }

  compare(): void {
    const text = this.typed
    if (text.trim() === '') return
    void this.hash.run(async () => (await this.host.call({ ask: 'custody', asked: { act: 'compare_hash', text } }, 'hash')).hash)
  }

  async ofRow(row: RowKey): Promise<Annotation[]> {
    return (await this.host.call({ ask: 'annotations', asked: { act: 'of', row } }, 'annotations')).annotations
  }

  async annotate(kind: string, text: string | null, row: RowKey): Promise<Annotation[]> {
    const { annotations } = await this.host.call({ ask: 'annotations', asked: { act: 'add', kind, text, rows: [row] } }, 'annotations')
    this.annotations.forget()
    return annotations
  }

  /** Tags every row of a view under a query; how many they were. */
  async tagAll(text: string, view: string, query: Query): Promise<number> {
    const { annotations } = await this.host.call({ ask: 'annotations', asked: { act: 'add_to_view', kind: 'tag', text, view, query } }, 'annotations')
    this.annotations.forget()
    this.changes += 1
    return annotations.at(-1)?.row_count ?? 0
  }

  async remove(number: number): Promise<void> {
    await this.host.call({ ask: 'annotations', asked: { act: 'remove', number } }, 'annotations')
    this.annotations.forget()
    this.changes += 1
  }
}

/** Bytes of a file that a person chose, as the case takes them. */
export async function base64(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(text)
}
