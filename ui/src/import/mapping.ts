import type { InspectedItem, LogFormat } from '../api.gen'

/** How the logs of one item are to be read; null where it is left to recognition. */
export type Mapping = {
  profile: string | null
  /** Text of a profile, in place of a name. */
  toml: string | null
  /** Offset of times that state none: "+09:00". */
  zone: string | null
}

export const asRecognised = (): Mapping => ({ profile: null, toml: null, zone: null })

export const corrected = (m: Mapping): boolean => m.profile !== null || m.toml !== null || m.zone !== null

/** Whether logs may be in an item: an image is read by its file systems. */
export function mayHoldLogs(item: InspectedItem): boolean {
  return (item.log_formats?.length ?? 0) > 0 || item.log_profile !== null || (item.media_bytes === null && item.volumes.length === 0)
}

/** Logs by profile, so that a hundred files of one kind are one line. */
export function byProfile(formats: LogFormat[]): { profile: string; files: number; least: number; zone: string }[] {
  const of = new Map<string, { profile: string; files: number; least: number; zone: string }>()
  for (const f of formats) {
    const known = of.get(f.profile)
    if (known) {
      known.files += 1
      known.least = Math.min(known.least, f.confidence)
    } else of.set(f.profile, { profile: f.profile, files: 1, least: f.confidence, zone: f.zone })
  }
  return [...of.values()]
}

/** Items that are read alike, in the order they came: each group is one import. */
export function alike<T>(items: T[], mapping: (item: T) => Mapping): { mapping: Mapping; items: T[] }[] {
  const groups: { mapping: Mapping; items: T[] }[] = []
  for (const item of items) {
    const m = mapping(item)
    const group = groups.find((g) => g.mapping.profile === m.profile && g.mapping.toml === m.toml && g.mapping.zone === m.zone)
    if (group) group.items.push(item)
    else groups.push({ mapping: m, items: [item] })
  }
  return groups
}

/** "+09:00" of minutes east of UTC. */
export function offset(minutes: number): string {
  const two = (n: number) => String(n).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`
}
