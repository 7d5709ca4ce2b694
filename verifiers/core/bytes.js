// Bytes and their texts, strict in both directions: one text for one value.

/** What does not hold, in words; anything else that is thrown is a fault of this program. */
export class Fault extends Error {}

export function need(holds, says) {
  if (!holds) throw new Fault(says)
}

const HEX = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'))

export function hex(bytes) {
  let out = ''
  for (const b of bytes) out += HEX[b]
  return out
}

/** Bytes of lower-case hexadecimal; `size`, where given, is their number. */
export function unhex(text, size) {
  need(typeof text === 'string' && text.length % 2 === 0 && /^[0-9a-f]*$/.test(text), 'not lower-case hexadecimal')
  need(size === undefined || text.length === 2 * size, 'hexadecimal of another length')
  const out = new Uint8Array(text.length / 2)
  for (let i = 0; i < out.length; i++) out[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16)
  return out
}

export function base64(bytes) {
  let text = ''
  for (const b of bytes) text += String.fromCharCode(b)
  return btoa(text)
}

export function unbase64(text) {
  need(typeof text === 'string' && text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text), 'not base64')
  const out = Uint8Array.from(atob(text), (c) => c.charCodeAt(0))
  need(base64(out) === text, 'not the one base64 of its bytes')
  return out
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

export const utf8 = (text) => encoder.encode(text)

/** Text of bytes that are UTF-8; null for others. */
export function textOf(bytes) {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}

/** A 64-bit number kept as decimal text, as a BigInt. */
export function big(text) {
  need(typeof text === 'string' && /^(?:0|[1-9][0-9]{0,19})$/.test(text), 'not a number as text')
  const n = BigInt(text)
  need(n < 1n << 64n, 'not a number of 64 bits')
  return n
}

export function u32(n) {
  need(Number.isInteger(n) && n >= 0 && n < 2 ** 32, 'not a number of 32 bits')
  return n
}

/** Little-endian bytes of a number. */
export function le(n, size) {
  const out = new Uint8Array(size)
  let left = BigInt(n)
  for (let i = 0; i < size; i++, left >>= 8n) out[i] = Number(left & 255n)
  return out
}

export function fromLe(bytes) {
  let n = 0n
  for (let i = bytes.length - 1; i >= 0; i--) n = (n << 8n) | BigInt(bytes[i])
  return n
}

export function same(a, b) {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

export function concat(...parts) {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** The lines of a file of lines; the last one's end may be missing. */
export function lines(bytes) {
  const out = []
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(10, from)
    out.push(bytes.subarray(from, end < 0 ? bytes.length : end))
    from = end < 0 ? bytes.length : end + 1
  }
  return out
}
