import type { ApiError, HostRequest, HostResponse, JobProgress, Request, Response } from '../api.gen'

/** The one interface of everything outside the page. Two hosts keep it: the window, the loopback server. */
export interface Host {
  readonly kind: 'window' | 'browser'
  /** Asks the case. Throws an `ApiError`. */
  call<A extends Response['answer']>(request: Request, answer: A): Promise<Extract<Response, { answer: A }>>
  /** Asks what may be read for long: its answer where that comes soon, else the job it has become. Throws an `ApiError`. */
  begin<A extends Response['answer']>(question: Request, answer: A): Promise<Extract<Response, { answer: A | 'job' }>>
  /** Asks about cases and paths. Throws an `ApiError`. */
  ask(request: HostRequest): Promise<HostResponse>
  /** Bytes of a source; at most 64 KiB. */
  bytes(source: string, offset: bigint, length: number): Promise<Uint8Array>
  /** Reports a job until it ends; resolves with its last report. */
  follow(job: number, report: (progress: JobProgress) => void): Promise<JobProgress>
  /** Evidence dropped on the window, as handles. Returns how to stop listening. */
  onDrop(drop: (event: DropEvent) => void): () => void
  /** Where a finished export can be fetched; null where the host wrote it to a chosen place. */
  download(handle: string): string | null
}

export type DropEvent =
  | { kind: 'over' }
  | { kind: 'left' }
  | { kind: 'dropped'; items: { handle: string; name: string }[] }

/** Rejects an answer of another kind than asked for: a fault of ours, shown like any error. */
export function expect<A extends Response['answer']>(response: Response, answer: A): Extract<Response, { answer: A }> {
  if (response.answer === answer) return response as Extract<Response, { answer: A }>
  throw asError(`answered ${response.answer} where ${answer} was asked for`)
}

/** How long a question is waited for before it is a job that tells how far it is, milliseconds. */
const PATIENCE = 250

export function begin(question: Request): Request {
  return { ask: 'begin', question, patience: PATIENCE }
}

/** The answer, or the job that the question has become. */
export function expectBegun<A extends Response['answer']>(response: Response, answer: A): Extract<Response, { answer: A | 'job' }> {
  return (response.answer === 'job' ? response : expect(response, answer)) as Extract<Response, { answer: A | 'job' }>
}

export function isApiError(value: unknown): value is ApiError {
  return typeof value === 'object' && value !== null && 'code' in value && 'message' in value
}

/** Any thrown value as an error with a code. */
export function asError(value: unknown): ApiError {
  if (isApiError(value)) return value
  const message = value instanceof Error ? value.message : String(value)
  return { code: 'failed', message, hint: null }
}
