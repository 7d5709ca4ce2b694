// The programs under test and the evidence they are given: samples of this repository.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

const root = resolve(import.meta.dirname, '../..')
const built = join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), process.env.CASEBOOK_PROFILE ?? 'debug')

export const casebook = join(built, 'casebook')
export const desktop = join(built, 'casebook-desktop')
for (const program of [casebook, desktop]) if (!existsSync(program)) throw new Error(`${program} is not built`)

// Keys and heads that a test makes stay out of the home folder.
process.env.CASEBOOK_STATE ??= mkdtempSync(join(tmpdir(), 'casebook-state-'))

/** Six days of an invented gateway's log, and an invented Recycle Bin. */
export const logs = join(root, 'samples/parsers/gateway/combined/plain')
export const bin = join(root, 'samples/parsers/recycle_bin')

/** The sample case: a laptop, a stick and a week of a gateway's logs. */
export const laptop = ['laptop.E01', 'usb-stick.dd', 'gateway-logs.zip'].map((name) => join(root, 'samples/laptop-case', name))

export const run = (...args) => execFileSync(casebook, args, { encoding: 'utf8' })

/** A new case, with the evidence imported. */
export function newCase(title, ...evidence) {
  const path = join(mkdtempSync(join(tmpdir(), 'casebook-e2e-')), 'e2e.casebook')
  run('new', path, '--title', title)
  if (evidence.length > 0) run('add', path, ...evidence)
  return path
}

/** `casebook serve` on a case: its address, and how to end it. */
export async function serve(path, ...evidence) {
  const server = spawn(casebook, ['serve', path, ...evidence], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: server.stdout })) {
    if (line.includes('http://')) return { address: line.trim(), stop: () => server.kill('SIGKILL') }
  }
  throw new Error('the server ended')
}

/** What the command line counts in a view. */
export function countOf(path, view, ...filters) {
  const out = run('view', path, view, '--format', 'jsonl', ...filters.flatMap((f) => ['--where', f]))
  return out.split('\n').filter((line) => line.startsWith('{') && !line.includes('"filtered":')).length
}

/** A number as the English interface writes it. */
export const shown = (n) => new Intl.NumberFormat('en').format(n)
