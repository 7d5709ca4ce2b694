import { untrack } from 'svelte'
import type { ApiError, Page, Query, Row, RowPage } from '../api.gen'
import { asError, type Host } from '../host'
import type { Waiting } from '../state/waiting.svelte'

/** Rows in one request. The API's bound is 500. */
export const BLOCK = 200
/** Blocks kept: 100,000 rows at most. */
const KEPT = 500
const IN_FLIGHT = 2

/** The rows of one view under one query, fetched in blocks as they are looked at. */
export class Pages {
  /** Grows whenever a block arrives: what reads a row follows it. */
  #version = $state(0)
  error = $state.raw<ApiError | null>(null)
  #blocks = new Map<number, RowPage>()
  #pending = new Set<number>()
  #wanted: number[] = []

  constructor(
    readonly host: Host,
    readonly view: string,
    readonly query: Query,
    readonly waiting: Waiting,
  ) {}

  row(index: number): Row | undefined {
    void this.#version
    return this.#blocks.get(Math.floor(index / BLOCK))?.rows[index % BLOCK]
  }

  /** Asks for the rows from `first` to `last`; what was asked for before and not begun is dropped. */
  want(first: number, last: number): void {
    untrack(() => {
      const wanted: number[] = []
      for (let b = Math.max(0, Math.floor(first / BLOCK)); b <= Math.floor(last / BLOCK) && wanted.length < 8; b += 1) {
        if (!this.#blocks.has(b) && !this.#pending.has(b)) wanted.push(b)
      }
      this.#wanted = wanted
      this.#pump()
    })
  }

  #pump(): void {
    while (this.#pending.size < IN_FLIGHT && this.error === null && !this.waiting.signal.aborted) {
      const block = this.#wanted.shift()
      if (block === undefined) return
      this.#pending.add(block)
      void this.#fetch(block)
    }
  }

  async #fetch(block: number): Promise<void> {
    try {
      const answer = await this.waiting.ask(this.host, { ask: 'rows', view: this.view, query: this.query, page: this.#page(block) }, 'rows')
      this.#blocks.set(block, answer.rows)
      const oldest = this.#blocks.keys().next().value
      if (this.#blocks.size > KEPT && oldest !== undefined) this.#blocks.delete(oldest)
      this.#version += 1
    } catch (error) {
      if (!this.waiting.signal.aborted) this.error = asError(error)
    } finally {
      this.#pending.delete(block)
      this.#pump()
    }
  }

  /** By cursor where the block before is known, by position after a jump. */
  #page(block: number): Page {
    if (block === 0) return { by: 'first', limit: BLOCK }
    const before = this.#blocks.get(block - 1)?.next
    if (before) return { by: 'after', cursor: before, limit: BLOCK }
    return { by: 'at', position: String(block * BLOCK), limit: BLOCK }
  }
}
