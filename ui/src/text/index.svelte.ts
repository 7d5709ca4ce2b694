import { en, type Texts } from './en'
import { ko } from './ko'

export type Language = 'en' | 'ko'
const TEXTS: Record<Language, Texts> = { en, ko }
export const LANGUAGES: { code: Language; name: string }[] = [
  { code: 'en', name: 'English' },
  { code: 'ko', name: '한국어' },
]

function remembered(): Language {
  const kept = localStorage.getItem('language')
  if (kept === 'en' || kept === 'ko') return kept
  return navigator.language.toLowerCase().startsWith('ko') ? 'ko' : 'en'
}

let current = $state<Language>(remembered())

/** The texts of the chosen language; reading it in a template follows the choice. */
export function t(): Texts {
  return TEXTS[current]
}

export function language(): Language {
  return current
}

export function setLanguage(to: Language) {
  current = to
  localStorage.setItem('language', to)
  document.documentElement.lang = to
}

/** Title of a column: by view first, since "state" of a file is not "state" of an event. */
export function columnTitle(view: string, column: { name: string; title: string }): string {
  return word('columns', `${view}/${column.name}`, word('columns', column.name, column.title))
}

/** A name of ours in the chosen language; what we have no word for is shown as it came. */
export function word(kind: 'views' | 'viewAbout' | 'columns' | 'states' | 'kinds' | 'zones', name: string, given: string): string {
  const known: Record<string, string> = t()[kind]
  return Object.hasOwn(known, name) ? (known[name] ?? given) : given
}
