import type { RowKey, Unmasked } from '../api.gen'
import type { Host } from '../host'

/** What was shown of one row, each with the entry that tells of it; another row begins with nothing. */
export class Revealed {
  #row = $state('')
  #shown = $state.raw<Record<string, Unmasked>>({})

  constructor(readonly host: Host) {}

  begin(row: RowKey): void {
    if (this.#row === name(row)) return
    this.#row = name(row)
    this.#shown = {}
  }

  of(row: RowKey, field: string): Unmasked | null {
    return this.#row === name(row) && Object.hasOwn(this.#shown, field) ? (this.#shown[field] ?? null) : null
  }

  async show({ table, id }: RowKey, field: string, reason: string): Promise<void> {
    const { unmasked } = await this.host.call({ ask: 'annotations', asked: { act: 'open_masked', table, id, field, reason } }, 'unmasked')
    // The answer may be late, for a row that was left.
    if (this.#row === name({ table, id })) this.#shown = { ...this.#shown, [field]: unmasked }
  }
}

const name = ({ table, id }: RowKey) => `${table}/${id}`
