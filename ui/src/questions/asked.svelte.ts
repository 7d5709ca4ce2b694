import type { ApiError, JobProgress, Request, Response } from '../api.gen'
import { asError, expect, type Host } from '../host'

/** One question to the case: its answer, or that it is still being read. */
export class Asked<T> {
  answer = $state.raw<T | null>(null)
  error = $state.raw<ApiError | null>(null)
  reading = $state(false)
  /** The person went on without the answer. */
  left = $state(false)
  seconds = $state(0)
  /** What is being read now, where the host tells. */
  progress = $state.raw<JobProgress | null>(null)
  #stop: (() => void) | null = null
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

  /** Asks anew, as a job of the host: it tells how far it is, and ends when nobody waits any longer. */
  async long<A extends Response['answer']>(host: Host, question: Request, answer: A, pick: (found: Extract<Response, { answer: A }>) => T): Promise<void> {
    await this.run(async () => {
      const mine = this.#turn
      const { job } = await host.call({ ask: 'begin', question }, 'job')
      const stop = () => void host.call({ ask: 'cancel', job }, 'done').catch(() => {})
      if (mine === this.#turn) this.#stop = stop
      else stop()
      const ended = await host.follow(job, (progress) => {
        if (mine === this.#turn) this.progress = progress
      })
      if (ended.error) throw ended.error
      if (!ended.answer) throw asError(ended.state)
      return pick(expect(ended.answer, answer))
    })
  }

  /** Waits no longer: the host is told to end its work. */
  leave(): void {
    this.#turn += 1
    this.#halt()
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
    this.#halt()
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

  #halt(): void {
    if (this.reading) this.#stop?.()
  }

  #end(): void {
    clearInterval(this.#timer)
    this.reading = false
    this.progress = null
    this.#stop = null
  }
}
