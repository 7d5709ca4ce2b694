import { Channel, invoke } from '@tauri-apps/api/core'
import { listen } from '@tauri-apps/api/event'
import type { HostRequest, HostResponse, JobProgress, Request, Response } from '../api.gen'
import { asError, begin, expect, expectBegun, type DropEvent, type Host } from './host'

async function command<T>(name: string, args: Record<string, unknown>): Promise<T> {
  try {
    return await invoke<T>(name, args)
  } catch (error) {
    throw asError(error)
  }
}

/** The window: commands of src-tauri. */
export const tauri: Host = {
  kind: 'window',

  async call<A extends Response['answer']>(request: Request, answer: A) {
    return expect(await command<Response>('call', { request }), answer)
  },

  async begin<A extends Response['answer']>(question: Request, answer: A) {
    return expectBegun(await command<Response>('call', { request: begin(question) }), answer)
  },

  ask: (request: HostRequest) => command<HostResponse>('ask', { request }),

  async bytes(source, offset, length) {
    const raw = await command<ArrayBuffer>('bytes', { source, offset: offset.toString(), length })
    return new Uint8Array(raw)
  },

  async follow(job, report) {
    const channel = new Channel<JobProgress>()
    let last: JobProgress | undefined
    const ended = new Promise<JobProgress>((resolve) => {
      channel.onmessage = (progress) => {
        last = progress
        report(progress)
        if (progress.state !== 'running') resolve(progress)
      }
    })
    await command('follow', { job, channel })
    return last && last.state !== 'running' ? last : ended
  },

  onDrop(drop) {
    const stops = [listen<DropEvent>('evidence-drop', (event) => drop(event.payload))]
    return () => stops.forEach((stop) => void stop.then((off) => off()))
  },

  download: () => null,
}
