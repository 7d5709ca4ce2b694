import type { JobProgress, Request, Response } from '../api.gen'
import { asError, expect, type Host } from './host'

/** Who waits for an answer: until when, and what is told meanwhile. */
export type Watch = { signal: AbortSignal; report?: (progress: JobProgress) => void }

/** The answer to what may be read for long. The host ends its work when nobody waits for it any longer. */
export async function read<A extends Response['answer']>(host: Host, question: Request, answer: A, { signal, report }: Watch): Promise<Extract<Response, { answer: A }>> {
  const stopped = () => asError('cancelled')
  if (signal.aborted) throw stopped()
  const begun = await host.begin(question, answer)
  if (begun.answer !== 'job') return begun as Extract<Response, { answer: A }>
  const { job } = begun as Extract<Response, { answer: 'job' }>
  const stop = () => void host.call({ ask: 'cancel', job }, 'done').catch(() => {})
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  try {
    const ended = await host.follow(job, (progress) => report?.(progress))
    if (ended.error) throw ended.error
    if (!ended.answer) throw stopped()
    return expect(ended.answer, answer)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
