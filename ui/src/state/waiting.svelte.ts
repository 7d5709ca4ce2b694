import type { JobProgress, Request, Response } from '../api.gen'
import { read, type Host } from '../host'

/** Answers that one person waits for: for how long, how far they are, and the way to stop. */
export class Waiting {
  reading = $state(false)
  /** The person went on without the answers. */
  left = $state(false)
  seconds = $state(0)
  /** What is being read now, where the host tells. */
  progress = $state.raw<JobProgress | null>(null)
  readonly #abort = new AbortController()
  #under = 0
  #timer: ReturnType<typeof setInterval> | undefined

  /** Aborted once nobody waits any longer. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Whether there is reason to say that something is read: it is not answered at once. */
  get long(): boolean {
    return this.left || (this.reading && (this.progress !== null || this.seconds > 0))
  }

  /** Asks what may be read for long. */
  ask<A extends Response['answer']>(host: Host, question: Request, answer: A): Promise<Extract<Response, { answer: A }>> {
    const report = (progress: JobProgress) => {
      // Of several the one that knows how far it is.
      if (this.reading && (this.progress === null || progress.rows !== '0')) this.progress = progress
    }
    return this.during(() => read(host, question, answer, { signal: this.signal, report }))
  }

  /** Waits for work. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.#under === 0 && !this.signal.aborted) {
      this.reading = true
      this.seconds = 0
      this.#timer = setInterval(() => (this.seconds += 1), 1000)
    }
    this.#under += 1
    try {
      return await work()
    } finally {
      this.#under -= 1
      if (this.#under === 0) this.#end()
    }
  }

  /** The person waits no longer: the host is told to end its work. */
  leave(): void {
    this.close()
    this.left = true
  }

  /** Nobody waits any longer. */
  close(): void {
    this.#abort.abort()
    this.#end()
  }

  #end(): void {
    clearInterval(this.#timer)
    this.reading = false
    this.progress = null
  }
}
