// Makes verifiers/verify.html of its parts: verifiers/page, verifiers/core, and crates/verifier as WebAssembly.
//
//   node scripts/build-verifier.mjs                   builds the WebAssembly too
//   node scripts/build-verifier.mjs --keep-engine     takes it from the page that is there
//   node scripts/build-verifier.mjs --check           writes nothing; exit code 1 where the page would differ
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, posix, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const page = join(root, 'verifiers/verify.html')
const read = (path) => readFileSync(join(root, 'verifiers', path), 'utf8')
const sha256 = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Modules below an entry, each after those it imports. */
function modules(path, found = new Map()) {
  if (found.has(path)) return found
  const text = read(path)
  for (const [, from] of text.matchAll(/^import .* from '(.*)'$/gm)) modules(posix.join(posix.dirname(path), from), found)
  return found.set(path, text)
}

/** One script of all modules: each a function that gives its exports. */
function bundle(entry) {
  const out = ["'use strict'", 'const modules = {}']
  for (const [path, text] of modules(entry)) {
    const names = [...text.matchAll(/^export (?:async )?(?:function|const|class) (\w+)/gm)].map((m) => m[1])
    const body = text
      .replace(/^import \{ (.*) \} from '(.*)'$/gm, (_, given, from) => `const { ${given.replace(/(\w+) as (\w+)/g, '$1: $2')} } = modules['${posix.join(posix.dirname(path), from)}']`)
      .replace(/^export /gm, '')
    out.push(`modules['${path}'] = (() => {\n${body}\nreturn { ${names.join(', ')} }\n})()`)
  }
  const script = out.join('\n')
  if (/<\/script|<!--/i.test(script) || /^(import|export) /m.test(script)) throw new Error('a part that can not stand in a page')
  return script
}

/** The WebAssembly of crates/verifier: the same bytes wherever it is built, by the pinned toolchain. */
function engine() {
  const sysroot = execFileSync('rustc', ['--print', 'sysroot'], { encoding: 'utf8', cwd: root }).trim()
  const cargoHome = process.env.CARGO_HOME ?? join(process.env.HOME ?? '', '.cargo')
  const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target')
  const remap = [[cargoHome, '/cargo'], [sysroot, '/rust'], [root, '/casebook']].map(([from, to]) => `--remap-path-prefix=${from}=${to}`)
  const args = ['build', '--locked', '--quiet', '--profile', 'wasm', '--target', 'wasm32-unknown-unknown', '-p', 'casebook-verifier']
  // Flags of its own, so that those of the caller do not reach the page.
  const env = { ...process.env, CARGO_ENCODED_RUSTFLAGS: remap.join('\x1f'), CARGO_INCREMENTAL: '0' }
  execFileSync('cargo', args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] })
  return readFileSync(join(target, 'wasm32-unknown-unknown/wasm/verifier.wasm')).toString('base64')
}

/** The engine of the page that is there. */
export function keptEngine() {
  const kept = existsSync(page) && /<script type="text\/plain" id="engine">([A-Za-z0-9+/=]+)<\/script>/.exec(readFileSync(page, 'utf8'))
  if (!kept) throw new Error(`${page} holds no engine: build it whole`)
  return kept[1]
}

export function build(wasm) {
  const [style, script] = [read('page/page.css'), bundle('page/main.js')]
  const policy = [
    "default-src 'none'",
    `script-src ${sha256(script)} 'wasm-unsafe-eval'`,
    `style-src ${sha256(style)}`,
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const parts = { policy, style, script, engine: wasm }
  return read('page/template.html').replace(/\{\{(\w+)\}\}/g, (_, name) => parts[name])
}

if (process.argv[1] === import.meta.filename) {
  const given = process.argv.slice(2)
  const built = build(given.includes('--keep-engine') ? keptEngine() : engine())
  const same = existsSync(page) && readFileSync(page, 'utf8') === built
  if (given.includes('--check')) {
    console.log(same ? `${page} is what its parts make` : `${page} is not what its parts make: node scripts/build-verifier.mjs`)
    process.exit(same ? 0 : 1)
  }
  if (!same) writeFileSync(page, built)
  console.log(`${page}: ${built.length} characters, SHA-256 ${createHash('sha256').update(built).digest('hex')}`)
}
