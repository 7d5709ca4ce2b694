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

  #keep(key: string, value: unknown) {
    try {
      localStorage.setItem(key, JSON.stringify(value))
    } catch {
      // A full or forbidden store loses a preference, nothing else.
    }
  }
}

export const prefs = new Prefs()
