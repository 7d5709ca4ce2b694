import type { DetailField } from '../api.gen'

export type ThreeState = { which: 'name' | 'record' | 'content'; value: string; rule: string | null }

const WHICH = ['name', 'record', 'content'] as const

/** Splits the three states of a file, with the rule that decided each, from its other fields. */
export function splitStates(fields: DetailField[]): { states: ThreeState[]; rest: DetailField[] } {
  const value = (name: string) => fields.find((f) => f.name === name)?.value ?? null
  const states = WHICH.flatMap((which): ThreeState[] => {
    const state = value(`${which}_state`)
    return state === null ? [] : [{ which, value: state, rule: value(`${which}_rule`) }]
  })
  const taken = new Set(WHICH.flatMap((which) => [`${which}_state`, `${which}_rule`]))
  return { states, rest: states.length === 0 ? fields : fields.filter((f) => !taken.has(f.name)) }
}
