// The packages of crates/ledger/vectors/packages.json as zips.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import zlib, { deflateRawSync } from 'node:zlib'

export const root = resolve(import.meta.dirname, '../..')
const vectors = JSON.parse(readFileSync(join(root, 'crates/ledger/vectors/packages.json'), 'utf8'))

/** Base64, or lines, of which a number stands for the line of that index in the first package. */
function raw(told, base) {
  if (told.base64 !== undefined) return Buffer.from(told.base64, 'base64')
  const lines = base?.toString('latin1').split('\n')
  return Buffer.concat(told.lines.flatMap((line, i) => {
    const bytes = typeof line === 'number' ? Buffer.from(lines[line], 'latin1') : Buffer.from(line, 'utf8')
    return i === 0 ? [bytes] : [Buffer.from('\n'), bytes]
  }))
}

export const first = new Map(Object.entries(vectors.package).map(([name, told]) => [name, raw(told)]))

export const cases = vectors.cases.map((told) => {
  const files = new Map(first)
  for (const [name, change] of Object.entries(told.files)) {
    if (change === null) files.delete(name)
    else files.set(name, raw(change, first.get(name)))
  }
  return { ...told, files }
})

/** A zip of files; every second one deflated. `twice` puts a file in again, `encrypted` flags one. */
export function zip(files, { twice, encrypted } = {}) {
  const members = [...files]
  if (twice) members.push([twice, files.get(twice)])
  const local = []
  const central = []
  let at = 0
  members.forEach(([name, bytes], i) => {
    const packed = i % 2 ? deflateRawSync(bytes) : bytes
    const head = Buffer.alloc(26)
    head.writeUInt16LE(20, 0)
    head.writeUInt16LE((/^[ -~]*$/.test(name) ? 0 : 0x800) | (name === encrypted ? 1 : 0), 2)
    head.writeUInt16LE(i % 2 ? 8 : 0, 4)
    head.writeUInt32LE(0x00210000, 6)
    head.writeUInt32LE(crc(bytes), 10)
    head.writeUInt32LE(packed.length, 14)
    head.writeUInt32LE(bytes.length, 18)
    const raw = Buffer.from(name, 'utf8')
    head.writeUInt16LE(raw.length, 22)
    local.push(Buffer.from('PK\x03\x04', 'latin1'), head, raw, packed)
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(at, 10)
    central.push(Buffer.from('PK\x01\x02\x14\0', 'latin1'), head, tail, raw)
    at += 4 + head.length + raw.length + packed.length
  })
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 0, 'latin1')
  end.writeUInt16LE(members.length, 8)
  end.writeUInt16LE(members.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...local, directory, end])
}

export const zipOf = (name) => {
  const found = cases.find((c) => c.name === name)
  return zip(found.files, found)
}

/** zlib.crc32 came with Node 20.15. */
function crc(bytes) {
  if (zlib.crc32) return zlib.crc32(bytes)
  let out = -1
  for (const b of bytes) {
    out ^= b
    for (let i = 0; i < 8; i++) out = out & 1 ? (out >>> 1) ^ 0xedb88320 : out >>> 1
  }
  return ~out >>> 0
}
