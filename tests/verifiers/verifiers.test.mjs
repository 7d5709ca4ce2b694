// Four verifiers, one verdict: Python, plain JavaScript and WebAssembly over the packages of the vectors (Rust runs
// them in crates/ledger/tests), and the parts of the two that are not Rust over the vectors of the parts.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { le, unbase64, unhex, utf8 } from '../../verifiers/core/bytes.js'
import { signed } from '../../verifiers/core/ed25519.js'
import { agree, judge, loadEngine } from '../../verifiers/core/engine.js'
import { readJson } from '../../verifiers/core/json.js'
import { readKey, readNote } from '../../verifiers/core/note.js'
import { sha256 } from '../../verifiers/core/sha.js'
import { climb, leafHash, rangeRoot, rootOf } from '../../verifiers/core/tree.js'
import { Unreadable, readZip, verify } from '../../verifiers/core.js'
import { cases, root, zip } from './packages.mjs'

const folder = mkdtempSync(join(tmpdir(), 'casebook-verifiers-'))
after(() => rmSync(folder, { recursive: true }))
const script = join(root, 'verifiers/verify.py')
const vectors = (name) => JSON.parse(readFileSync(join(root, 'crates/ledger/vectors', name), 'utf8'))
const hex = (bytes) => Buffer.from(bytes).toString('hex')

/** The engine that is in the page. */
const page = readFileSync(join(root, 'verifiers/verify.html'), 'utf8')
const engine = await loadEngine(unbase64(/id="engine">([A-Za-z0-9+/=]+)</.exec(page)[1]))

const packages = cases.map((c, i) => {
  const path = join(folder, `${i}.zip`)
  const bytes = zip(c.files, c)
  writeFileSync(path, bytes)
  return { ...c, path, bytes: new Uint8Array(bytes) }
})

const said = (report) => [report.verdict, report.faults[0]?.place ?? null]

function python(path, { since, key } = {}) {
  const args = ['-I', script, path, '--json']
  if (since) {
    writeFileSync(join(folder, 'since'), since)
    args.push('--since', join(folder, 'since'))
  }
  if (key) args.push('--key', key)
  const ran = spawnSync('python3', args, { encoding: 'utf8' })
  assert.doesNotMatch(ran.stderr, /Traceback/, path)
  return { code: ran.status, report: ran.stdout ? JSON.parse(ran.stdout) : null }
}

test('each attack is caught at its place, and no untouched package is accused', { concurrency: 1 }, async (t) => {
  assert.ok(packages.length > 140 && packages.filter((p) => p.verdict !== 'mismatch').length >= 10)
  for (const p of packages) {
    await t.test(p.name, async () => {
      const expected = [p.verdict, p.place]
      const trust = { kept: p.since, key: p.key }
      const plain = await verify(p.bytes, trust)
      assert.deepEqual(said(plain), expected, 'JavaScript')
      const { files, faults } = await readZip(p.bytes)
      const wasm = judge(engine, files, trust, faults)
      assert.deepEqual(said(wasm), expected, 'WebAssembly')
      assert.ok(agree(plain, wasm))
      const { code, report } = python(p.path, p)
      assert.deepEqual(said(report), expected, 'Python')
      assert.equal(code, p.verdict === 'mismatch' ? 1 : 0)
      if (p.verdict !== 'mismatch') {
        const of = (r) => [r.rows, r.entries, r.size, r.root]
        assert.deepEqual(of(report), of(plain))
        assert.deepEqual(of(wasm), of(plain))
      }
    })
  }
})

test('what is no package gets no verdict', async () => {
  const whole = packages[0].bytes
  // Says that it unpacks to 2 GiB: refused by its directory, before anything is unpacked.
  const bomb = Buffer.from(whole)
  bomb.writeUInt32LE(0x7fffffff, bomb.indexOf('PK\x01\x02', 0, 'latin1') + 24)
  for (const [name, bytes] of Object.entries({ empty: Buffer.alloc(0), text: Buffer.from('casebook'), cut: whole.slice(0, -30), bomb })) {
    const path = join(folder, `${name}.bin`)
    writeFileSync(path, bytes)
    await assert.rejects(verify(new Uint8Array(bytes)), Unreadable, name)
    const { code, report } = python(path)
    assert.deepEqual([code, report?.verdict ?? 'unreadable'], [2, 'unreadable'], name)
  }
})

test('a damaged zip is never judged whole, and nothing is thrown that is not understood', async () => {
  const whole = packages.find((p) => p.name === 'the kept head')
  for (let at = 3; at < whole.bytes.length; at += Math.ceil(whole.bytes.length / 60)) {
    const bytes = whole.bytes.slice()
    bytes[at] ^= 0x10
    let plain
    try {
      plain = (await verify(bytes, { kept: whole.since })).verdict
    } catch (e) {
      assert.ok(e instanceof Unreadable, String(e))
      plain = 'unreadable'
    }
    const path = join(folder, 'flipped.zip')
    writeFileSync(path, bytes)
    const { code } = python(path, whole)
    // Bytes that mean nothing, such as the time of a file or SPEC.txt, may differ.
    assert.equal(plain === 'verified', code === 0, `byte ${at}: ${plain}, ${code}`)
  }
})

const leaves = (n) => Array.from({ length: n }, (_, i) => leafHash(utf8(String(i))))
const pattern = (n) => Uint8Array.from({ length: n }, (_, i) => Math.floor((i * i) / 256) + i)

test('JavaScript: trees, rows, blocks, entries and keys as in the vectors', () => {
  const tree = vectors('tree.json')
  for (const { size, root } of tree.roots) assert.equal(hex(rootOf(leaves(size))), root)
  const big = leaves(70_000)
  for (const { size, index, path } of tree.inclusion) {
    const climbed = () => climb(big[index], BigInt(index), BigInt(size), path.map((h) => unhex(h)))
    assert.equal(hex(climbed()), hex(rootOf(big.slice(0, size))))
    if (size > 1) assert.throws(() => climb(big[index], BigInt(index), BigInt(size), path.slice(1).map((h) => unhex(h))))
  }
  for (const { bytes, first_block, length, offset, path } of vectors('blocks.json').ranges) {
    const data = pattern(bytes)
    const blocks = []
    for (let at = first_block * 4096; at < Math.min(bytes, offset + length); at += 4096) blocks.push(data.subarray(at, at + 4096))
    const stream = vectors('blocks.json').streams.find((s) => s.bytes === bytes)
    assert.equal(hex(rangeRoot(BigInt(Math.ceil(bytes / 4096)), BigInt(first_block), blocks, path.map((h) => unhex(h)))), stream.root)
  }
  for (const r of vectors('rows.json').rows) {
    const hashes = r.commitments.map((c) => unhex(c))
    assert.equal(hex(leafHash(utf8(r.leaf_tag), le(r.import, 4), le(r.row, 8), unhex(r.header), ...hashes)), r.leaf)
  }
  const { entries, notes } = vectors('entries.json')
  entries.forEach((text, i) => {
    assert.deepEqual(JSON.parse(JSON.stringify(readJson(utf8(text)))), JSON.parse(text))
    assert.equal(hex(readNote(utf8(notes[i])).root), hex(rootOf(entries.slice(0, i + 1).map((e) => leafHash(utf8(e))))))
  })
  const keys = vectors('keys.json')
  for (const v of keys.rfc8032) {
    assert.ok(signed(unhex(v.public), unhex(v.message), unhex(v.signature)))
    assert.ok(!signed(unhex(v.public), unhex(`${v.message}00`), unhex(v.signature)))
  }
  for (const k of keys.keys) assert.equal(hex(readKey(k.text).key), k.public)
  for (const k of keys.not_keys) assert.throws(() => readKey(k.text), k.is)
  assert.equal(hex(sha256(new Uint8Array(1000).fill(97), utf8('b'))), hex(sha256(utf8('a'.repeat(1000) + 'b'))))
})

test('Python: trees, blocks and keys as in the vectors', () => {
  const out = execFileSync('python3', ['-I', join(root, 'tests/verifiers/parts.py'), script, join(root, 'crates/ledger/vectors')], { encoding: 'utf8' })
  assert.match(out, /^\d+ parts hold$/m)
})

test('verify.py can be read by an expert', () => {
  const lines = readFileSync(script, 'utf8').trimEnd().split('\n')
  assert.ok(lines.length <= 120, `${lines.length} lines`)
  assert.ok(lines.every((l) => l.length <= 150), 'a line that is too long')
  const imports = lines.filter((l) => /^import |^from /.test(l)).join()
  assert.doesNotMatch(imports, /socket|subprocess|urllib|http|os\b|ctypes|pickle/)
})

test('verify.html is what its parts make, by their own bytes', () => {
  execFileSync(process.execPath, [join(root, 'scripts/build-verifier.mjs'), '--keep-engine', '--check'])
})
