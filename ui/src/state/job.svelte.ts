import type { ApiError, JobProgress } from '../api.gen'
import { asError, type Host } from '../host'

/** A running or ended import, verification or disclosure. */
export class Job {
  progress = $state.raw<JobProgress | null>(null)
  error = $state.raw<ApiError | null>(null)
  cancelling = $state(false)

  constructor(
    readonly host: Host,
    readonly id: number,
    readonly kind: 'import' | 'verify' | 'disclose',
    readonly title: string,
  ) {}

  get running(): boolean {
    return this.error === null && (this.progress === null || this.progress.state === 'running')
  }

  /** Follows the job to its end. */
  async follow(): Promise<void> {
    try {
      this.progress = await this.host.follow(this.id, (progress) => (this.progress = progress))
      this.error = this.progress.error
    } catch (error) {
      this.error = asError(error)
    }
  }

  async cancel(): Promise<void> {
    if (!this.running) return
    this.cancelling = true
    try {
      await this.host.call({ ask: 'cancel', job: this.id }, 'done')
    } catch (error) {
      this.error = asError(error)
    }
  }

  /** Part done, 0 to 1; null where the whole is not known. */
  get part(): number | null {
    const total = Number(this.progress?.bytes_total ?? 0)
    return total > 0 ? Math.min(1, Number(this.progress?.bytes_done ?? 0) / total) : null
  }
}
