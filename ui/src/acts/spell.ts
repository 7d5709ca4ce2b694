import { t } from '../text/index.svelte'

/** A span of time in the two largest units. */
export function spell(seconds: number): string {
  const s = Math.abs(seconds)
  const units = t().questions.spell
  const parts: [number, string][] = [
    [Math.floor(s / 86_400), units.d],
    [Math.floor(s / 3600) % 24, units.h],
    [Math.floor(s / 60) % 60, units.m],
    [s % 60, units.s],
  ]
  const first = parts.findIndex(([n]) => n > 0)
  const shown = first < 0 ? parts.slice(3) : parts.slice(first, first + 2).filter(([n]) => n > 0)
  return shown.map(([n, unit]) => `${n} ${unit}`).join(' ')
}
