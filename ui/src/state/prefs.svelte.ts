import { MASKED_KINDS, PERSONS, type MaskedKind } from '../mask/mask'

export type Theme = 'system' | 'light' | 'dark'

function read<T>(key: string, fallback: T): T {
  try {
    const kept = localStorage.getItem(key)
    return kept === null ? fallback : (JSON.parse(kept) as T)
  } catch {
    return fallback
  }
}

/** What the person chose about the interface; kept by the page, never in a case. */
class Prefs {
  theme = $state<Theme>(read('theme', 'system'))
  /** Widths in pixels by "view/column". */
  widths = $state<Record<string, number>>(read('widths', {}))
  /** Hidden columns by "view/column". */
  hidden = $state<Record<string, boolean>>(read('hidden', {}))
  detailWidth = $state(read('detailWidth', 620))
  facets = $state(read('facets', false))
  /** Kinds of values that are masked on screen. */
  masked = $state.raw<MaskedKind[]>(MASKED_KINDS.filter((kind) => new Set(read<string[]>('masked', [])).has(kind)))

  setTheme(theme: Theme) {
    this.theme = theme
    this.#keep('theme', theme)
    this.applyTheme()
  }

  applyTheme() {
    if (this.theme === 'system') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = this.theme
  }

  setWidth(key: string, width: number) {
    this.widths[key] = width
    this.#keep('widths', this.widths)
  }

  setHidden(key: string, hidden: boolean) {
    this.hidden[key] = hidden
    this.#keep('hidden', this.hidden)
  }

  setDetailWidth(width: number) {
    this.detailWidth = width
    this.#keep('detailWidth', width)
  }

  toggleFacets() {
    this.facets = !this.facets
    this.#keep('facets', this.facets)
  }

  setMasked(kind: MaskedKind, on: boolean) {
    this.#mask(MASKED_KINDS.filter((k) => (k === kind ? on : this.masked.includes(k))))
  }

  get personsMasked(): boolean {
    return PERSONS.every((kind) => this.masked.includes(kind))
  }

  /** Masks whoever is named, or no longer; objects stay as they were chosen. */
  togglePersons() {
    const on = !this.personsMasked
    this.#mask(MASKED_KINDS.filter((kind) => (PERSONS.includes(kind) ? on : this.masked.includes(kind))))
  }

  #mask(masked: MaskedKind[]) {
    this.masked = masked
    this.#keep('masked', masked)
  }

  #keep(key: string, value: unknown) {
    try {
      localStorage.setItem(key, JSON.stringify(value))
    } catch {
      // A full or forbidden store loses a preference, nothing else.
    }
  }
}

export const prefs = new Prefs()
