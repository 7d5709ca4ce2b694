import type { ApiError } from '../api.gen'
import { asError } from '../host'

/** One question to the case: its answer, or that it is still being read. */
export class Asked<T> {
  answer = $state.raw<T | null>(null)
  error = $state.raw<ApiError | null>(null)
  reading = $state(false)
  /** The person went on without the answer. */
  left = $state(false)
  seconds = $state(0)
  #turn = 0
  #timer: ReturnType<typeof setInterval> | undefined

  /** Nothing is known, under way or refused: what makes a page ask by itself. */
  get open(): boolean {
    return this.answer === null && this.error === null && !this.reading && !this.left
  }

  /** Asks anew. Of several answers only the one to the last question counts. */
  async run(work: () => Promise<T>): Promise<void> {
    this.#begin()
    const mine = this.#turn
    try {
      const answer = await work()
      if (mine === this.#turn) this.answer = answer
    } catch (error) {
      if (mine === this.#turn) this.error = asError(error)
    } finally {
      if (mine === this.#turn) this.#end()
    }
  }

  /** Waits no longer. The host ends its work by itself; its answer is dropped. */
  leave(): void {
    this.#turn += 1
    this.#end()
    this.left = true
  }

  /** An answer that came with something else. */
  take(answer: T): void {
    this.forget()
    this.answer = answer
  }

  forget(): void {
    this.#turn += 1
    this.#end()
    this.answer = null
    this.error = null
    this.left = false
  }

  #begin(): void {
    this.forget()
    this.reading = true
    this.seconds = 0
    this.#timer = setInterval(() => (this.seconds += 1), 1000)
  }

  #end(): void {
    clearInterval(this.#timer)
    this.reading = false
  }
}
