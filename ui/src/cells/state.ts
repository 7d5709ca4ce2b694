/** How loud a state is shown. The word itself always stands beside the sign. */
export type Tone = 'plain' | 'ok' | 'warn' | 'bad'

const TONES: Record<string, Tone> = {
  intact: 'ok',
  verified: 'ok',
  'partly overwritten': 'warn',
  deleted: 'warn',
  trashed: 'warn',
  reused: 'warn',
  carved: 'warn',
  warning: 'warn',
  overwritten: 'bad',
  error: 'bad',
  mismatch: 'bad',
}

export function tone(state: string): Tone {
  return Object.hasOwn(TONES, state) ? (TONES[state] ?? 'plain') : 'plain'
}
