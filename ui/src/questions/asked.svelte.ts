import { untrack } from 'svelte'
import type { ApiError, JobProgress, Request, Response } from '../api.gen'
import { asError, type Host } from '../host'
import { Waiting } from '../state/waiting.svelte'

/** One question to the case: its answer, or that it is still being read. */
export class Asked<T> {
  answer = $state.raw<T | null>(null)
  error = $state.raw<ApiError | null>(null)
  /** Of the question asked last. */
  #waiting = $state.raw(new Waiting())

  get reading(): boolean {
    return this.#waiting.reading
  }
  get left(): boolean {
    return this.#waiting.left
  }
  get seconds(): number {
    return this.#waiting.seconds
  }
  get progress(): JobProgress | null {
    return this.#waiting.progress
  }

  /** Nothing is known, under way or refused: what makes a page ask by itself. */
  get open(): boolean {
    return this.answer === null && this.error === null && !this.reading && !this.left
  }

  /** Asks anew. Of several answers only the one to the last question counts. */
  async run(work: () => Promise<T>): Promise<void> {
    await this.#ask(work)
  }

  /** Asks anew what may be read for long. */
  async long<A extends Response['answer']>(host: Host, question: Request, answer: A, pick: (found: Extract<Response, { answer: A }>) => T): Promise<void> {
    await this.#ask(async (waiting) => pick(await waiting.ask(host, question, answer)))
  }

  async #ask(work: (waiting: Waiting) => Promise<T>): Promise<void> {
    this.forget()
    const mine = untrack(() => this.#waiting)
    const counts = () => mine === this.#waiting && !mine.signal.aborted
    // It is read until the answer is here: between the two it would be asked for again.
    await mine.during(async () => {
      try {
        const answer = await work(mine)
        if (counts()) this.answer = answer
      } catch (error) {
        if (counts()) this.error = asError(error)
      }
    })
  }

  /** Waits no longer: the host is told to end its work. */
  leave(): void {
    this.#waiting.leave()
  }

  /** An answer that came with something else. */
  take(answer: T): void {
    this.forget()
    this.answer = answer
  }

  forget(): void {
    // Who forgets in an effect does not wait for what it makes.
    untrack(() => this.#waiting).close()
    this.#waiting = new Waiting()
    this.answer = null
    this.error = null
  }
}
