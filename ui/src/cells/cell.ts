import type { Component } from 'svelte'
import type { ColumnKind } from '../api.gen'
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
type Look = { cell: Component<CellProps>; width: number; align: 'start' | 'end' }

/** One renderer per kind of column. A kind without one does not compile. */
export const LOOKS: Record<ColumnKind, Look> = {
  time: { cell: TimeCell, width: 212, align: 'start' },
  text: { cell: TextCell, width: 150, align: 'start' },
  path: { cell: PathCell, width: 380, align: 'start' },
  integer: { cell: IntegerCell, width: 96, align: 'end' },
  bytes: { cell: BytesCell, width: 92, align: 'end' },
  state: { cell: StateCell, width: 128, align: 'start' },
  digest: { cell: DigestCell, width: 168, align: 'start' },
  words: { cell: WordsCell, width: 190, align: 'start' },
  json: { cell: JsonCell, width: 240, align: 'start' },
}
