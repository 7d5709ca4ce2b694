// SHA-256 and SHA-512 in plain JavaScript. Source: FIPS 180-4.
import { concat } from './bytes.js'

/** The first `count` primes' roots, as FIPS 180-4 4.2 takes its constants from them: exact, by integers. */
function constants(count, bits, power) {
  const out = []
  for (let n = 2; out.length < count; n++) {
    let prime = true
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false
    if (!prime) continue
    // floor(root(n) * 2^bits), less its whole part.
    const target = BigInt(n) << BigInt(bits * power)
    let low = 0n
    let high = 1n << BigInt(bits + 6)
    while (high - low > 1n) {
      const middle = (low + high) >> 1n
      if (middle ** BigInt(power) <= target) low = middle
      else high = middle
    }
    out.push(BigInt.asUintN(bits, low))
  }
  return out
}

const K = Int32Array.from(constants(64, 32, 3), (n) => Number(BigInt.asIntN(32, n)))
const START = Int32Array.from(constants(8, 32, 2), (n) => Number(BigInt.asIntN(32, n)))
const W = new Int32Array(64)

function blocks(state, bytes, from, to) {
  for (let at = from; at < to; at += 64) {
    for (let i = 0; i < 16; i++) {
      const j = at + 4 * i
      W[i] = (bytes[j] << 24) | (bytes[j + 1] << 16) | (bytes[j + 2] << 8) | bytes[j + 3]
    }
    for (let i = 16; i < 64; i++) {
      const x = W[i - 15]
      const y = W[i - 2]
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
      W[i] = (W[i - 16] + s0 + W[i - 7] + s1) | 0
    }
    let [a, b, c, d, e, f, g, h] = state
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g
      g = f
      f = e
      e = (d + t1) | 0
      d = c
      c = b
      b = a
      a = (t1 + t2) | 0
    }
    state[0] += a
    state[1] += b
    state[2] += c
    state[3] += d
    state[4] += e
    state[5] += f
    state[6] += g
    state[7] += h
  }
}

/** SHA-256 over the parts, one after another. */
export function sha256(...parts) {
  const bytes = parts.length === 1 ? parts[0] : concat(...parts)
  const state = Int32Array.from(START)
  const whole = bytes.length - (bytes.length % 64)
  blocks(state, bytes, 0, whole)
  const rest = bytes.length - whole
  const tail = new Uint8Array(rest < 56 ? 64 : 128)
  tail.set(bytes.subarray(whole))
  tail[rest] = 0x80
  const view = new DataView(tail.buffer)
  view.setUint32(tail.length - 8, Math.floor(bytes.length / 2 ** 29))
  view.setUint32(tail.length - 4, (bytes.length << 3) >>> 0)
  blocks(state, tail, 0, tail.length)
  const out = new Uint8Array(32)
  const words = new DataView(out.buffer)
  state.forEach((word, i) => words.setInt32(4 * i, word))
  return out
}

const K512 = constants(80, 64, 3)
const START512 = constants(8, 64, 2)
const u64 = (n) => BigInt.asUintN(64, n)
const turn = (n, by) => u64((n >> BigInt(by)) | (n << BigInt(64 - by)))

/** SHA-512, for the short texts that are signed. */
export function sha512(...parts) {
  const said = concat(...parts)
  const bytes = new Uint8Array(Math.ceil((said.length + 17) / 128) * 128)
  bytes.set(said)
  bytes[said.length] = 0x80
  const view = new DataView(bytes.buffer)
  view.setBigUint64(bytes.length - 8, BigInt(said.length) * 8n)
  const state = [...START512]
  for (let at = 0; at < bytes.length; at += 128) {
    const w = Array.from({ length: 16 }, (_, i) => view.getBigUint64(at + 8 * i))
    for (let i = 16; i < 80; i++) {
      const s0 = turn(w[i - 15], 1) ^ turn(w[i - 15], 8) ^ (w[i - 15] >> 7n)
      const s1 = turn(w[i - 2], 19) ^ turn(w[i - 2], 61) ^ (w[i - 2] >> 6n)
      w.push(u64(w[i - 16] + s0 + w[i - 7] + s1))
    }
    let [a, b, c, d, e, f, g, h] = state
    for (let i = 0; i < 80; i++) {
      const s1 = turn(e, 14) ^ turn(e, 18) ^ turn(e, 41)
      const t1 = h + s1 + ((e & f) ^ (u64(~e) & g)) + K512[i] + w[i]
      const s0 = turn(a, 28) ^ turn(a, 34) ^ turn(a, 39)
      const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c))
      ;[h, g, f, e, d, c, b, a] = [g, f, e, u64(d + t1), c, b, a, u64(t1 + t2)]
    }
    ;[a, b, c, d, e, f, g, h].forEach((word, i) => (state[i] = u64(state[i] + word)))
  }
  const out = new Uint8Array(64)
  state.forEach((word, i) => new DataView(out.buffer).setBigUint64(8 * i, word))
  return out
}
