// The steps of docs/format.md, "Disclosure packages", over the unpacked files. Every fault is named by its place.
import { Fault, big, hex, le, lines, need, same, u32, unbase64, unhex, utf8 } from './bytes.js'
import { signed } from './ed25519.js'
import { exactly, isObject, list, readJson } from './json.js'
import { readKey, readKept, readNote, signedBy } from './note.js'
import { SOURCE, TABLES, headerFits } from './rows.js'
import { sha256 } from './sha.js'
import { Tree, climb, leafHash, rangeRoot, rootOf } from './tree.js'

const BLOCK = 4096
const MOST_BLOCKS = 4096
const ROW = ['entry', 'fields', 'header', 'import', 'path', 'row', 'schema', 'table']
const RANGE = ['bytes', 'first_block', 'import', 'length', 'path', 'source']

/** Compares positions in their rising order. */
const after = (a, b) => {
  const i = a.findIndex((n, j) => n !== b[j])
  return i >= 0 && a[i] > b[i]
}

/**
 * Checks the files of a package. `trust` may hold `kept` (a note, or `size root`) and `key`, from elsewhere.
 * `zipFaults` are those of step 1. Gives the report, and in `shown` what a reader can look at.
 */
export function checkPackage(files, trust = {}, zipFaults = []) {
  const p = {
    files,
    faults: [...zipFaults],
    used: new Set(),
    keys: new Map(),
    entries: [],
    heads: [],
    rows: [],
    ranges: [],
    anchors: [],
  }
  p.file = (name) => files.get(name) ?? new Uint8Array(0)
  p.step = (place, judge) => {
    try {
      return judge()
    } catch (e) {
      if (!(e instanceof Fault)) throw e
      p.faults.push({ place, says: e.message })
      return undefined
    }
  }
  if (files.has('checkpoint.note')) p.note = p.step('checkpoint', () => readNote(files.get('checkpoint.note')))
  readEntries(p)
  checkHead(p, trust)
  readRows(p)
  readRanges(p)
  p.step('disclosure', () => checkDisclosure(p))
  checkAnchors(p)
  const left = [...files.keys()].filter((n) => /^(evidence|anchors)\//.test(n) && !p.used.has(n)).sort()
  for (const name of left) p.faults.push({ place: 'zip', says: 'a file that no range and no anchor speaks of', name })
  return report(p, trust)
}

// Step 3.
function readEntries(p) {
  const tree = new Tree()
  let broken = false
  lines(p.file('entries.jsonl')).forEach((bytes, seq) => {
    p.heads.push(tree.root())
    tree.add(leafHash(bytes))
    p.entries.push({})
    p.step(`entry ${seq}`, () => {
      const e = readJson(bytes)
      need(isObject(e), 'not an object')
      p.entries[seq] = e
      rekey(p, seq, e)
      need(e.v === 1, 'of another version')
      need(p.note === undefined || e.case === p.note.case, 'of another case')
      need(e.seq === seq && isObject(e.prev) && e.prev.size === seq, 'of another place')
      need(typeof e.type === 'string' && e.type !== '' && typeof e.time === 'string', 'without a type or time')
      need((e.type === 'case.create') === (seq === 0), 'the first entry, and only it, creates the case')
      const fits = e.prev.root === hex(p.heads[seq])
      if (!fits && !broken) {
        broken = true
        throw new Fault('the entries before it are not those it was appended to')
      }
    })
  })
  p.heads.push(tree.root())
}

/** The keys of the case after this entry: `keys` holds all it ever had, and null for those that it has no longer. */
function rekey(p, seq, e) {
  const add = (text) => {
    const key = readKey(text)
    need(!p.keys.has(text), 'it adds a key that is or was the case\'s')
    return () => p.keys.set(text, key)
  }
  const end = (text) => {
    need(Boolean(p.keys.get(text)), 'it speaks of a key that is not the case\'s')
    return () => p.keys.set(text, null)
  }
  if ((e.type === 'case.create' && (e.key ?? null) !== null) || e.type === 'key.add') add(e.key)()
  if (e.type === 'key.revoke') end(e.key)()
  if (e.type !== 'key.rotate') return
  const [ends, adds] = [end(e.old), add(e.new)]
  const said = utf8(`casebook key rotation\n${p.note?.case ?? e.case}\n${seq}\n${e.old}\n${e.new}\n`)
  const signatures = list(e.signatures)
  need(signatures.length === 2, 'not two signatures')
  ;[e.old, e.new].forEach((text, i) => need(signed(readKey(text).key, said, unbase64(signatures[i])), 'a forged signature of a rotation'))
  ends()
  adds()
}

// Step 4.
function checkHead(p, trust) {
  const note = p.note
  if (note === undefined) return
  const check = (judge) => p.step('checkpoint', judge)
  check(() => {
    const now = p.heads[p.entries.length]
    need(note.size === BigInt(p.entries.length) && same(note.root, now), 'not of these entries: some are missing, or one was changed')
  })
  if (trust.kept) {
    check(() => {
      const kept = readKept(trust.kept)
      need(kept.size <= BigInt(p.entries.length), 'older than the checkpoint kept elsewhere, or cut off')
      need(same(kept.root, p.heads[Number(kept.size)]), 'not grown from the checkpoint kept elsewhere')
    })
  }
  p.signers = [...p.keys.values()].filter(Boolean).map((key) => ({ key, state: signedBy(note, key) }))
  check(() => need(p.signers.every((s) => s.state !== 'forged'), 'a forged signature'))
  check(() => need(p.signers.length === 0 || p.signers.some((s) => s.state !== 'absent'), 'not signed by the case, which has a key'))
  if (trust.key) check(() => need(signedBy(note, readKey(trust.key.trim())) === 'signed', 'not signed with the key from elsewhere'))
}

// Step 5.
function readRows(p) {
  let last = [-1]
  p.leaves = []
  p.trees = new Map()
  lines(p.file('rows.jsonl')).forEach((bytes, n) => {
    let at
    const r = p.step(`rows.jsonl line ${n + 1}`, () => {
      const r = readJson(bytes)
      need(isObject(r), 'not an object')
      at = [u32(r.import), Object.keys(TABLES).indexOf(r.table), big(r.row)]
      need(at[1] >= 0, 'of no table that is known')
      return r
    })
    if (r === undefined) return
    const shown = { place: `import ${at[0]} ${r.table} row ${at[2]}`, said: r, index: n }
    p.rows.push(shown)
    p.step(shown.place, () => {
      need(after(at, last), 'out of order, or there twice')
      last = at
      readRow(p, exactly(r, ROW), shown)
    })
  })
}

function readRow(p, r, shown) {
  const { tag } = TABLES[r.table]
  need(r.schema === tag, 'of the schema of another table')
  const header = unhex(r.header)
  need(headerFits(r.table, header), 'its header is not that of its table')
  need(list(r.fields).length === 4, 'not four fields')
  const commitments = r.fields.map((field, f) => commitment(r.table, f, field))
  const leaf = leafHash(utf8(tag), le(r.import, 4), le(big(r.row), 8), header, ...commitments)
  p.leaves.push(leafHash(leaf))
  shown.header = header
  const seq = big(r.entry)
  const entry = seq < BigInt(p.entries.length) ? p.entries[Number(seq)] : {}
  need(entry.type === 'import.seal' || r.table === 'statement', 'its entry seals no import')
  const outputs = (Array.isArray(entry.outputs) ? entry.outputs : []).filter(
    (o) => isObject(o) && o.table === r.table && o.schema === tag && (o.import ?? 0) === r.import,
  )
  need(outputs.length === 1, 'its entry does not name one root for its table and import')
  const [size, first] = [big(outputs[0].rows), outputs[0].first === undefined ? 0n : big(outputs[0].first)]
  const path = list(r.path).map((h) => unhex(h, 32))
  need(same(climb(leaf, big(r.row) - first, size, path), unhex(outputs[0].root, 32)), 'not under the root in its entry: the row was changed')
  const trees = p.trees.get(`${r.import} ${r.table}`) ?? new Map()
  p.trees.set(`${r.import} ${r.table}`, trees.set(r.entry, size))
  shown.holds = true
}

function commitment(table, number, field) {
  need(isObject(field), 'a field of another form')
  if ('commitment' in field) {
    need(number < TABLES[table].names.length, 'a field without a name is masked')
    return unhex(exactly(field, ['commitment']).commitment, 32)
  }
  const { salt, tag, value } = exactly(field, ['salt', 'tag', 'value'])
  const bytes = unhex(value)
  need(tag === 1 || tag === 2 || (tag === 0 && bytes.length === 0) || (tag === 3 && bytes.length === 8), 'a field that is no value')
  return sha256(Uint8Array.of(2), Uint8Array.of(number), unhex(salt, 16), Uint8Array.of(tag), bytes)
}

// Step 6.
function readRanges(p) {
  let last = [-1]
  p.blockLeaves = []
  p.sources = new Map(p.rows.filter((r) => r.header && r.said.table === 'source').map((r) => [`${r.said.import} ${r.said.row}`, r]))
  lines(p.file('blocks.jsonl')).forEach((bytes, n) => {
    let at
    const r = p.step(`blocks.jsonl line ${n + 1}`, () => {
      const r = readJson(bytes)
      need(isObject(r), 'not an object')
      at = [u32(r.import), u32(r.source), big(r.first_block)]
      return r
    })
    if (r === undefined) return
    p.step(`import ${at[0]} source ${at[1]} block ${at[2]}`, () => {
      const name = `evidence/${at[0]}-${at[1]}/${at[2]}.bin`
      p.used.add(name)
      const data = p.files.get(name)
      need(data !== undefined, 'its bytes are missing')
      p.blockLeaves.push(leafHash(utf8('BLK1'), le(at[0], 4), le(at[1], 4), le(at[2], 8), le(data.length, 8), sha256(data)))
      need(after(at, last), 'out of order, or there twice')
      last = at
      readRange(p, exactly(r, RANGE), at[2], data)
      p.ranges.push({ import: at[0], source: at[1], offset: at[2] * BigInt(BLOCK), data })
    })
  })
}

function readRange(p, r, first, data) {
  const source = p.sources.get(`${r.import} ${r.source}`)
  need(source !== undefined, 'the row of its source is not shown')
  const { bytes, blocksRoot } = SOURCE(source.header)
  need(blocksRoot !== null, 'its source has no tree of blocks')
  need(big(r.bytes) === bytes && big(r.length) === BigInt(data.length), 'of another length than its source or its file')
  const end = first * BigInt(BLOCK) + BigInt(data.length)
  need(data.length > 0 && end <= bytes && (end % BigInt(BLOCK) === 0n || end === bytes), 'not whole blocks of its source')
  const blocks = []
  for (let at = 0; at < data.length; at += BLOCK) blocks.push(data.subarray(at, at + BLOCK))
  need(blocks.length <= MOST_BLOCKS, 'more blocks than a range may have')
  const count = (bytes + BigInt(BLOCK) - 1n) / BigInt(BLOCK)
  const path = list(r.path).map((h) => unhex(h, 32))
  need(same(rangeRoot(count, first, blocks, path), blocksRoot), 'not the bytes of its source: they were changed')
}

// Step 7.
function checkDisclosure(p) {
  const entry = p.entries[p.entries.length - 1] ?? {}
  need(entry.type === 'disclose', 'the last entry is not that of a disclosure')
  const said = entry.disclosed
  need(isObject(said) && isObject(said.masked) && isObject(said.blocks), 'without what was disclosed')
  p.disclosed = said
  const counts = new Map()
  const masked = new Map()
  for (const { said: r } of p.rows) {
    const key = `${r.import} ${r.table}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
    const fields = Array.isArray(r.fields) ? r.fields : []
    fields.forEach((field, f) => {
      const name = TABLES[r.table].names[f]
      if (isObject(field) && 'commitment' in field && name) masked.set(`${r.table}_${name}`, (masked.get(`${r.table}_${name}`) ?? 0) + 1)
    })
  }
  const found = [...counts].map(([key, shown]) => {
    const of = [...(p.trees.get(key) ?? new Map()).values()].reduce((a, b) => a + b, 0n)
    return `${key} ${shown} ${of}`
  })
  const told = list(said.rows).map((r) => {
    need(isObject(r), 'counts of another form')
    need(big(r.shown) + big(r.hidden) <= big(r.of), 'more hidden rows than there are')
    return `${u32(r.import)} ${r.table} ${r.shown} ${r.of}`
  })
  need(found.length === told.length && found.every((line, i) => line === told[i]), 'other counts of rows')
  need(said.root === hex(rootOf(p.leaves)), 'rows were added, dropped or changed')
  const names = Object.keys(said.masked)
  need(names.length === masked.size && names.every((n) => masked.get(n) === said.masked[n]), 'other counts of masked fields')
  need(big(said.blocks.ranges) === BigInt(p.blockLeaves.length), 'another number of ranges of evidence')
  need(said.blocks.root === hex(rootOf(p.blockLeaves)), 'ranges of evidence were added, dropped or changed')
  const annex = p.files.get('annex.age')
  need(said.annex === (annex === undefined ? null : hex(sha256(annex))), 'another annex')
}

// Step 8.
function checkAnchors(p) {
  p.entries.forEach((entry, seq) => {
    if (entry.type !== 'anchor') return
    const part = (name) => {
      const path = `anchors/${seq}/${name}`
      p.used.add(path)
      return p.files.get(path)
    }
    const anchor = p.step(`anchor ${seq}`, () => {
      const parts = { note: part('note'), token: part('token.tsr'), chain: part('chain.pem') }
      const a = entry.anchor
      need(isObject(a) && (a.kind === 'note' || a.kind === 'rfc3161'), 'of no kind that is known')
      for (const [name, bytes] of Object.entries(parts)) {
        need((a[name] ?? null) === (bytes === undefined ? null : hex(sha256(bytes))), `its ${name} is missing or another`)
      }
      need(parts.note !== undefined, 'without a note')
      const note = readNote(parts.note)
      need(p.note === undefined || note.case === p.note.case, 'a checkpoint of another case')
      need(note.size === big(a.size) && note.size <= BigInt(p.entries.length), 'a checkpoint of another size')
      need(same(note.root, p.heads[Number(note.size)]), 'a checkpoint of another history')
      if (a.kind === 'rfc3161') {
        need(parts.token !== undefined, 'without a token')
        need(same(imprint(parts.token), sha256(parts.note)), 'a token of something else')
      }
      return { seq, kind: a.kind, size: a.size, time: a.time, note }
    })
    if (anchor) p.anchors.push(anchor)
  })
}

/** The imprint of a time-stamp response. Source: RFC 3161 2.4.2; RFC 5652 5.1. */
export function imprint(token) {
  let part = token
  for (const step of [0, 1, 1, 0, 2, 1, 0, 0, 2]) part = der(part, step)
  need(hex(der(der(part, 0), 0)) === '608648016503040201', 'a token of another digest than SHA-256')
  return der(part, 1)
}

/** The content of value number `step` of a run of DER values. */
function der(bytes, step) {
  let at = 0
  for (let i = 0; ; i++) {
    need(at + 2 <= bytes.length, 'a token that is cut short')
    const many = bytes[at + 1] > 127 ? bytes[at + 1] - 128 : 0
    need(many <= 4 && at + 2 + many <= bytes.length, 'a token that is cut short')
    const size = many ? bytes.subarray(at + 2, at + 2 + many).reduce((n, b) => n * 256 + b, 0) : bytes[at + 1]
    at += 2 + many
    need(at + size <= bytes.length, 'a token that is cut short')
    if (i === step) return bytes.subarray(at, at + size)
    at += size
  }
}

function report(p, trust) {
  const anchored = Boolean(trust.kept || trust.key)
  const uncovered = notCovered(p, anchored)
  return {
    verdict: p.faults.length > 0 ? 'mismatch' : anchored ? 'verified' : 'consistent',
    not_covered: uncovered.map((u) => u.text),
    faults: p.faults.map(({ place, says, name }) => ({ place, says: name === undefined ? says : `${says}: ${JSON.stringify(name)}` })),
    rows: lines(p.file('rows.jsonl')).length,
    entries: p.entries.length,
    size: p.note ? Number(p.note.size) : null,
    root: p.note ? hex(p.note.root) : null,
    shown: { ...p, uncovered },
  }
}

/** What nobody saw here: as text, and as a kind with its values, for other languages. */
function notCovered(p, anchored) {
  const out = []
  const add = (kind, values, text) => out.push({ kind, values, text })
  if (!anchored) add('outside', [], 'nothing from outside the package was given: consistent is not unchanged')
  const rows = Array.isArray(p.disclosed?.rows) ? p.disclosed.rows : []
  for (const r of rows) {
    if (r.shown !== r.of) add('rows', [r.shown, r.of, r.import, r.table, r.hidden], `${r.shown} of ${r.of} rows of import ${r.import}, ${r.table}, are shown; ${r.hidden} more were asked for and left out`)
  }
  for (const [name, n] of Object.entries(p.disclosed?.masked ?? {})) add('masked', [n, name], `${n} fields ${name} are masked`)
  const seen = new Set(p.rows.map((r) => r.said.import))
  for (const e of p.entries) {
    if (e.type !== 'import.seal' || !isObject(e.params) || seen.has(e.params.import)) continue
    if (Array.isArray(e.outputs) && e.outputs.some((o) => o.table === 'event')) add('import', [e.params.import], `no row of import ${e.params.import} is shown`)
  }
  for (const [key, row] of p.sources ?? []) {
    const { bytes, blocksRoot } = SOURCE(row.header)
    if (blocksRoot === null) continue
    const shown = p.ranges.filter((r) => `${r.import} ${r.source}` === key).reduce((n, r) => n + BigInt(r.data.length), 0n)
    const [number, source] = key.split(' ')
    if (shown < bytes) add('bytes', [shown, bytes, number, source], `${shown} of ${bytes} bytes of import ${number} source ${source} are shown`)
  }
  if (p.anchors.some((a) => a.kind === 'rfc3161')) add('token', [], 'whether time-stamp tokens are signed by an authority one trusts: see openssl ts -verify')
  if (p.files.has('annex.age')) add('annex', [], 'what is in the annex, which is encrypted')
  const backwards = (e, i) => e.clock?.backwards === true || (i > 0 && e.time < p.entries[i - 1].time)
  if (p.entries.some(backwards)) add('clock', [], 'times of entries: the machine\'s clock went backwards at least once')
  return out
}

