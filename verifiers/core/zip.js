// The zip around a package, by its central directory. Source: APPNOTE.TXT 4.3; docs/format.md, "Disclosure packages", step 1.
import { same, textOf } from './bytes.js'

const MOST_FILES = 65_534
const MOST_BYTES = 2 ** 30
const NUMBER = '(?:0|[1-9][0-9]{0,19})'
const NAMES = new RegExp(
  String.raw`^(?:checkpoint\.note|entries\.jsonl|rows\.jsonl|blocks\.jsonl|annex\.age|evidence/${NUMBER}-${NUMBER}/${NUMBER}\.bin|anchors/${NUMBER}/(?:note|token\.tsr|chain\.pem)|view\.sqlite|SPEC\.txt|verify\.(?:py|html))$`,
)
export const REQUIRED = ['checkpoint.note', 'entries.jsonl', 'rows.jsonl', 'blocks.jsonl']
const UNCHECKED = /^(?:view\.sqlite|SPEC\.txt|verify\.(?:py|html))$/

/** What is thrown where the bytes are no zip that can be read at all. */
export class Unreadable extends Error {}

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let i = 0; i < 8; i++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1
  return n
})

function crc32(bytes) {
  let crc = 0xffffffff
  for (let i = 0; i < bytes.length; i++) crc = CRC[(crc ^ bytes[i]) & 255] ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

/** The central directory: every member's name and place. */
function directory(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let end = bytes.length - 22
  const lowest = Math.max(0, end - 65_535)
  while (end >= lowest && view.getUint32(end, true) !== 0x06054b50) end--
  if (end < lowest || bytes.length < 22) throw new Unreadable('no zip: its end is missing')
  const [count, size, offset] = [view.getUint16(end + 10, true), view.getUint32(end + 12, true), view.getUint32(end + 16, true)]
  const before = end - size - offset
  if (before < 0 || count > MOST_FILES) throw new Unreadable('no zip that is read here: its directory is cut, or it has too many files')
  const out = []
  for (let i = 0, at = before + offset; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== 0x02014b50) throw new Unreadable('no zip: its directory is damaged')
    const nameSize = view.getUint16(at + 28, true)
    const name = bytes.subarray(at + 46, at + 46 + nameSize)
    out.push({
      name,
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      local: before + view.getUint32(at + 42, true),
    })
    at += 46 + nameSize + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
    if (at > end) throw new Unreadable('no zip: its directory is damaged')
  }
  return { view, members: out }
}

async function inflate(packed, size) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  const reader = stream.getReader()
  const out = new Uint8Array(size)
  let at = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    if (at + value.length > size) {
      await reader.cancel()
      throw new Error('longer than it says')
    }
    out.set(value, at)
    at += value.length
  }
  if (at !== size) throw new Error('shorter than it says')
  return out
}

async function unpack(bytes, view, member) {
  const { local, packed, size } = member
  if (local + 30 > bytes.length || view.getUint32(local, true) !== 0x04034b50) throw new Error('not where the directory says')
  const nameSize = view.getUint16(local + 26, true)
  const from = local + 30 + nameSize + view.getUint16(local + 28, true)
  if (!same(bytes.subarray(local + 30, local + 30 + nameSize), member.name)) throw new Error('of another name where it lies')
  if (from + packed > bytes.length || (member.method === 0 && packed !== size)) throw new Error('cut short')
  const raw = bytes.subarray(from, from + packed)
  const out = member.method === 0 ? raw.slice() : await inflate(raw, size)
  if (crc32(out) !== member.crc) throw new Error('damaged: its CRC-32 differs')
  return out
}

/** The files of a package by name, and what is wrong with the zip. Throws `Unreadable` where it is none. */
export async function readZip(bytes) {
  const { view, members } = directory(bytes)
  if (members.reduce((n, m) => n + m.size, 0) > MOST_BYTES) throw new Unreadable('it unpacks to more than 1 GiB')
  const files = new Map()
  const faults = []
  const fault = (says, name) => faults.push({ place: 'zip', says, name })
  for (const member of members) {
    const name = textOf(member.name) ?? String.fromCharCode(...member.name)
    if (!NAMES.test(name)) fault('a file that is not one of a package', name)
    else if (files.has(name)) fault('a name that is there twice', name)
    else if (member.flags & 1) fault('an encrypted file', name)
    else if (member.method !== 0 && member.method !== 8) fault('a file that is packed in another way', name)
    else {
      try {
        const whole = await unpack(bytes, view, member)
        files.set(name, UNCHECKED.test(name) ? new Uint8Array(0) : whole)
      } catch (e) {
        fault(`a file that can not be unpacked: ${e.message}`, name)
      }
    }
  }
  for (const name of REQUIRED) if (!files.has(name)) fault('a file that is missing', name)
  return { files, faults }
}
