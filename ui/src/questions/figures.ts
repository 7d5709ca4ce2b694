import type { Figure, FigureState } from '../api.gen'
import { goodDay } from './counts'

/** A figure in force with those it took the place of, latest first. */
export type Chain = { figure: FigureState; earlier: FigureState[] }

/** Figures in force, latest number first, each with its line of superseded ones. */
export function chains(figures: FigureState[]): Chain[] {
  const by = new Map(figures.map((f) => [f.figure.number, f]))
  const earlier = (f: FigureState): FigureState[] => {
    const line: FigureState[] = []
    for (let at = f.figure.supersedes; at !== null; ) {
      const before = by.get(at)
      // A line that comes back to itself would never end.
      if (!before || line.includes(before)) break
      line.push(before)
      at = before.figure.supersedes
    }
    return line
  }
  return figures
    .filter((f) => f.superseded_by === null)
    .sort((a, b) => b.figure.number - a.figure.number)
    .map((figure) => ({ figure, earlier: earlier(figure) }))
}

/** What a form for a figure holds. */
export type FigureForm = { value: string; unit: string; date: string; author: string; definition: string; document: string; supersedes: string }
export const blankFigure = (): FigureForm => ({ value: '', unit: 'accounts', date: '', author: '', definition: '', document: '', supersedes: '' })

/** Units that a query can give. */
export const COUNTED = new Set(['requests', 'accounts', 'third_parties'])

/** The figure of a form; null where something needed is missing or wrong. */
export function figureOf(form: FigureForm, query: Figure['query']): Figure | null {
  const value = Number(form.value.replaceAll(/[\s,_]/g, ''))
  const needed = form.value.trim() !== '' && Number.isSafeInteger(value) && value >= 0 && form.date.trim() !== '' && goodDay(form.date)
  const document = form.document.trim().toLowerCase()
  if (!needed || form.author.trim() === '' || form.definition.trim() === '' || (document !== '' && !/^[0-9a-f]{64}$/.test(document))) return null
  return {
    number: 0,
    value,
    unit: form.unit,
    date: form.date.trim(),
    author: form.author.trim(),
    definition: form.definition.trim(),
    document_sha256: document === '' ? null : document,
    query: COUNTED.has(form.unit) ? query : null,
    supersedes: form.supersedes === '' ? null : Number(form.supersedes),
  }
}
