import type { HeadAct, Heads, MadeFile } from '../api.gen'
import type { Host } from '../host'
import { Asked } from '../questions/asked.svelte'

/** Head, keys and time-stamps of the open case. A passphrase goes through and is not kept. */
export class HeadsState {
  readonly shown = new Asked<Heads>()

  constructor(readonly host: Host) {}

  read(): void {
    void this.shown.run(() => this.#heads({ act: 'show' }))
  }

  /** Does what changes the head or its keys; the page then shows what came of it. Throws an `ApiError`. */
  async act(asked: HeadAct): Promise<Heads> {
    const heads = await this.#heads(asked)
    this.shown.take(heads)
    return heads
  }

  /** Files that the case makes, each handed to the host to be saved. False where the person saved none. */
  async make(asked: Extract<HeadAct, { act: 'print' | 'timestamp_request' }>): Promise<boolean> {
    const { files } = await this.host.call({ ask: 'heads', asked }, 'made')
    for (const file of files) if (!(await this.#save(file))) return false
    return true
  }

  async #heads(asked: HeadAct): Promise<Heads> {
    return (await this.host.call({ ask: 'heads', asked }, 'heads')).heads
  }

  async #save({ name, base64 }: MadeFile): Promise<boolean> {
    return (await this.host.ask({ ask: 'save_bytes', name, base64 })).answer === 'done'
  }
}
