import type { HostRequest, HostResponse, JobProgress, Request, Response as Answer } from '../api.gen'
import { handToBrowser } from './download'
import { asError, begin, expect, expectBegun, type Host } from './host'

/** A JSON question to the loopback host. The page's own address holds the token. */
async function post<T>(path: string, body: unknown): Promise<T> {
  let response: Response
  try {
    response = await fetch(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
  } catch (error) {
    throw { ...asError(error), code: 'unreachable', hint: null }
  }
  const answer: unknown = await response.json().catch(() => null)
  if (response.ok) return answer as T
  throw asError(answer ?? `status ${response.status}`)
}

/** Hands what the page holds to the browser's own download. */
function save(name: string, content: string | Uint8Array<ArrayBuffer>) {
  const url = URL.createObjectURL(new Blob([content], { type: 'application/octet-stream' }))
  handToBrowser(url, name)
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

const decoded = (base64: string) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** A browser over `casebook serve`. */
export const http: Host = {
  kind: 'browser',

  async call<A extends Answer['answer']>(request: Request, answer: A) {
    return expect(await post<Answer>('api', request), answer)
  },

  async begin<A extends Answer['answer']>(question: Request, answer: A) {
    return expectBegun(await post<Answer>('api', begin(question)), answer)
  },

  async ask(request: HostRequest): Promise<HostResponse> {
    if (request.ask === 'save_text') save(request.name, request.text)
    else if (request.ask === 'save_bytes') save(request.name, decoded(request.base64))
    else return post<HostResponse>('host', request)
    return { answer: 'done' }
  },

  async bytes(source, offset, length) {
    const answer = await this.call({ ask: 'bytes', source, offset: offset.toString(), length }, 'bytes')
    return decoded(answer.base64)
  },

  async follow(job, report) {
    // A question is often answered at once.
    for (let wait = 10; ; wait = Math.min(250, wait * 2)) {
      const { progress } = await this.call({ ask: 'progress', job }, 'progress')
      report(progress satisfies JobProgress)
      if (progress.state !== 'running') return progress
      await pause(wait)
    }
  },

  onDrop: () => () => {},

  download: (handle) => `download/${encodeURIComponent(handle)}`,
}
