import type { By, CountQuestion, CountRow, Counts } from '../api.gen'

export const BYS: By[] = ['actor', 'kind', 'day', 'source']

/** A count as a form holds it: what is empty is not asked for. */
export type CountForm = { by: By[]; actor: string; kind: string; source: string; from: string; to: string; asked: boolean }

export const blankCount = (): CountForm => ({ by: ['kind'], actor: '', kind: '', source: '', from: '', to: '', asked: false })

const DAY = /^\d{4}-\d\d-\d\d$/
/** Whether a field for a day is empty or holds one. */
export function goodDay(text: string): boolean {
  const day = text.trim()
  return day === '' || (DAY.test(day) && !Number.isNaN(Date.parse(`${day}T00:00:00Z`)))
}

export function countQuestion(form: CountForm): CountQuestion {
  const given = (text: string) => (text.trim() === '' ? null : text.trim())
  return {
    by: BYS.filter((by) => form.by.includes(by)),
    actor: given(form.actor),
    kind: given(form.kind),
    source: form.source === '' ? null : Number(form.source),
    from: given(form.from),
    to: given(form.to),
    asked: form.asked,
  }
}

export function countForm(q: CountQuestion): CountForm {
  return { by: [...q.by], actor: q.actor ?? '', kind: q.kind ?? '', source: q.source === null ? '' : String(q.source), from: q.from ?? '', to: q.to ?? '', asked: q.asked }
}

/** Whether a query leaves requests out. */
export function narrowsCount(q: CountQuestion): boolean {
  return [q.actor, q.kind, q.source, q.from, q.to].some((v) => v !== null)
}

function field(value: string): string {
  // A cell that a spreadsheet would compute is quoted as text.
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

const cells = (values: string[]) => `${values.map(field).join(',')}\r\n`

/** The table as CSV: every row, then what the numbers count and under which conditions. */
export function countsCsv(counts: Counts, q: CountQuestion, overlap: string): string {
  const of: Record<By, (r: CountRow) => string> = {
    actor: (r) => r.actor ?? '',
    kind: (r) => r.kind ?? '',
    day: (r) => r.day ?? '',
    source: (r) => (r.source === null ? '' : String(r.source)),
  }
  const conditions = Object.entries({ actor: q.actor, kind: q.kind, source: q.source, from: q.from, before: q.to })
    .flatMap(([name, value]) => (value === null ? [] : [`${name} = ${value}`]))
    .join('; ')
  return [
    cells([...q.by, 'requests', 'distinct_subjects', 'distinct_third_parties']),
    ...counts.rows.map((r) => cells([...q.by.map((by) => of[by](r)), String(r.requests), String(r.subjects), String(r.third_parties)])),
    ...counts.units.map(([unit, says]) => cells([`# ${unit}: ${says}`])),
    ...(counts.rows.length > 1 ? [cells([`# ${overlap}`])] : []),
    ...(conditions === '' ? [] : [cells([`# filtered: ${conditions}`])]),
  ].join('')
}
