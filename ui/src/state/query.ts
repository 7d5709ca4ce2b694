import type { ColumnInfo, ColumnKind, Filter, Query } from '../api.gen'

export function emptyQuery(): Query {
  return { filters: [], from: null, to: null, order: null, descending: false }
}

/** Whether a query leaves rows out. */
export function narrows(query: Query): boolean {
  return query.filters.length > 0 || query.from !== null || query.to !== null
}

/** Conditions that make sense for a kind of column. */
export function operators(kind: ColumnKind): string[] {
  switch (kind) {
    case 'time':
    case 'integer':
    case 'bytes':
      return ['=', '!=', '<', '<=', '>', '>=']
    case 'state':
      return ['=', '!=', 'in']
    case 'digest':
      return ['=', '!=', 'contains']
    case 'text':
    case 'path':
      return ['contains', '=', '!=', 'in']
    case 'words':
    case 'json':
      return ['contains', '=', '!=']
    default:
      return kind satisfies never
  }
}

/** The query with one more filter; an equal one is not added twice. */
export function withFilter(query: Query, filter: Filter): Query {
  const same = (f: Filter) => f.column === filter.column && f.op === filter.op && f.values.join('\0') === filter.values.join('\0')
  return query.filters.some(same) ? query : { ...query, filters: [...query.filters, filter] }
}

export function withoutFilter(query: Query, index: number): Query {
  return { ...query, filters: query.filters.filter((_, i) => i !== index) }
}

export function withoutNarrowing(query: Query): Query {
  return { ...query, filters: [], from: null, to: null }
}

/** Order by a column; again: the other way; a third time: the view's own order. */
export function orderedBy(query: Query, column: ColumnInfo): Query {
  if (!column.order) return query
  if (query.order !== column.name) return { ...query, order: column.name, descending: false }
  if (!query.descending) return { ...query, descending: true }
  return { ...query, order: null, descending: false }
}
