import type { DiscloseAsked, Filter, Query } from '../api.gen'

/** Views whose rows are rows of evidence: no others can be disclosed. */
const VIEWS = new Set(['timeline', 'accessed', 'deleted', 'files', 'findings'])
export const MASKS = ['subject', 'actor', 'address', 'object', 'path', 'text', 'all'] as const
export type Mask = (typeof MASKS)[number]
export const BLOCKS = ['unmasked', 'clean', 'none'] as const
export type Blocks = (typeof BLOCKS)[number]

export type Form = { masks: Mask[]; blocks: Blocks; recipient: string; annex: string }

export const blankForm = (): Form => ({ masks: [], blocks: 'unmasked', recipient: '', annex: '' })

export function canDisclose(view: string): boolean {
  return VIEWS.has(view)
}

/** Whether a kind is masked since everything is. Paths are not all in that: they also mask where evidence lies. */
export function isImplied(masks: Mask[], mask: Mask): boolean {
  return masks.includes('all') && mask !== 'all' && mask !== 'path'
}

export function isMasked(masks: Mask[], mask: Mask): boolean {
  return masks.includes(mask) || isImplied(masks, mask)
}

/** A kind more or less, in the order of `MASKS`. */
export function toggled(masks: Mask[], mask: Mask): Mask[] {
  return MASKS.filter((m) => masks.includes(m) !== (m === mask))
}

/** An X25519 recipient of age as it looks: bech32 in lower case, without a check of its sum. */
export function isRecipient(text: string): boolean {
  return /^age1[02-9ac-hj-np-z]{58}$/.test(text.trim())
}

/** Where nothing is masked there is nothing to seal. */
export function annexOf({ masks, annex }: Form): string | null {
  return masks.length === 0 || annex.trim() === '' ? null : annex.trim()
}

export function askedFor(form: Form, view: string, query: Query, handle: string): DiscloseAsked {
  const { masks, blocks } = form
  return { view, query, masks: masks.filter((m) => !isImplied(masks, m)), blocks, annex_to: annexOf(form), recipient: form.recipient.trim() === '' ? null : form.recipient.trim(), handle }
}

/** Filters in words: column, condition, values. */
export function filterWords(filters: Filter[], title: (column: string) => string, op: (op: string) => string, none: string): [string, string][] {
  return filters.map((f) => [`${title(f.column)} ${op(f.op)}`, f.values.map((v) => (v === '' ? none : v)).join(', ')])
}

/** A remark of the case in the words of a language; as it came where none fits. */
export function remarkIn(said: [RegExp, string][], remark: string): string {
  const known = said.find(([pattern]) => pattern.test(remark))
  return known ? remark.replace(known[0], known[1]) : remark
}

/** Name of a file at the end of a path of either system. */
export function fileName(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path
}
