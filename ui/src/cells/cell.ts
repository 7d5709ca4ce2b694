import type { Component } from 'svelte'
import type { ActorKind, ColumnKind } from '../api.gen'
import BytesCell from './BytesCell.svelte'
import DigestCell from './DigestCell.svelte'
import IntegerCell from './IntegerCell.svelte'
import JsonCell from './JsonCell.svelte'
import PathCell from './PathCell.svelte'
import StateCell from './StateCell.svelte'
import TextCell from './TextCell.svelte'
import TimeCell from './TimeCell.svelte'
import WordsCell from './WordsCell.svelte'

export type CellProps = { value: string }
type Look = {
  cell: Component<CellProps>
  align: 'start' | 'end'
  /** Bounds of a column's width before anyone sets it, px. */
  least: number
  most: number
  /** Width of a character, px. */
  character: number
}

/** One renderer per kind of column. A kind without one does not compile. */
export const LOOKS: Record<ColumnKind, Look> = {
  time: { cell: TimeCell, align: 'start', least: 176, most: 260, character: 7.3 },
  text: { cell: TextCell, align: 'start', least: 80, most: 320, character: 8.6 },
  path: { cell: PathCell, align: 'start', least: 240, most: 460, character: 7.3 },
  integer: { cell: IntegerCell, align: 'end', least: 70, most: 200, character: 9 },
  bytes: { cell: BytesCell, align: 'end', least: 92, most: 140, character: 7.6 },
  state: { cell: StateCell, align: 'start', least: 110, most: 220, character: 7.6 },
  digest: { cell: DigestCell, align: 'start', least: 168, most: 168, character: 7.3 },
  words: { cell: WordsCell, align: 'start', least: 120, most: 300, character: 9 },
  json: { cell: JsonCell, align: 'start', least: 200, most: 300, character: 7.3 },
}

/** A first width that fits the title and the values at hand, within the bounds of the kind. */
export function fittingWidth(kind: ColumnKind, title: string, values: (string | null)[]): number {
  const { least, most, character } = LOOKS[kind]
  // Hangul and other wide letters count double.
  const length = (text: string) => text.length + (text.match(/[\u1100-\u11ff\u2e80-\ud7ff\uff00-\uff60]/gu)?.length ?? 0) * 0.8
  const longest = Math.max(0, ...values.map((v) => (kind === 'bytes' ? 9 : length(v ?? ''))))
  // A column of nothing needs its title only.
  if (longest === 0 && values.length > 0) return Math.round(Math.min(least, length(title) * 7.4 + 36))
  const wanted = Math.max(longest * character, length(title) * 7.4 + 18) + 18
  return Math.round(Math.min(most, Math.max(least, wanted)))
}

const ACTORS: Record<string, ActorKind> = { actor: 'actor', key: 'key', address: 'address', agent: 'agent' }

/** Whether a column names who did something, and how. */
export function actorKind(column: string): ActorKind | null {
  return Object.hasOwn(ACTORS, column) ? (ACTORS[column] ?? null) : null
}
