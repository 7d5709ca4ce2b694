import type { Verification } from '../api.gen'
import { visible } from '../text/escape'
import type { Texts } from '../text/en'

/** A verification as plain text: what was not covered first, one check a paragraph. */
export function report(title: string, result: Verification, t: Texts): string {
  const group = (heading: string, ok: boolean | null) => {
    const checks = result.checks.filter((c) => c.ok === ok)
    const lines = checks.map((c) => `- ${visible(c.name)}: ${visible(c.says)}${c.place ? ` (${t.verify.place} ${visible(c.place)})` : ''}`)
    return `${heading}\n${lines.length > 0 ? lines.join('\n') : `- ${t.verify.none}`}\n`
  }
  return [
    `${t.verify.title}: ${visible(title)}`,
    `${t.verify.verdicts[result.verdict] ?? result.verdict}`,
    `${t.verify.root} ${result.root}, ${t.verify.entries} ${result.entries}\n`,
    group(t.verify.notCovered, null),
    group(t.verify.failed, false),
    group(t.verify.covered, true),
    t.verify.meaning,
    '',
  ].join('\n')
}
