// Ed25519 signatures, to check only. Source: RFC 8032 section 5.1.
import { fromLe, need } from './bytes.js'
import { sha512 } from './sha.js'

const P = 2n ** 255n - 19n
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n
const mod = (n) => ((n % P) + P) % P

function power(base, exponent) {
  let out = 1n
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = (b * b) % P) if (e & 1n) out = (out * b) % P
  return out
}

const D = mod(-121665n * power(121666n, P - 2n))
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n)

/** 5.1.4: points as X, Y, Z, T. */
function add(p, q) {
  const a = mod((p[1] - p[0]) * (q[1] - q[0]))
  const b = mod((p[1] + p[0]) * (q[1] + q[0]))
  const c = mod(2n * p[3] * q[3] * D)
  const d = mod(2n * p[2] * q[2])
  const [e, f, g, h] = [b - a, d - c, d + c, b + a]
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)]
}

function times(n, point) {
  let out = [0n, 1n, 1n, 0n]
  for (let p = point, left = n; left > 0n; left >>= 1n, p = add(p, p)) if (left & 1n) out = add(out, p)
  return out
}

/** 5.1.3: the point that 32 bytes stand for. */
function point(bytes) {
  need(bytes.length === 32, 'a point of another length')
  const all = fromLe(bytes)
  const [y, odd] = [all & (2n ** 255n - 1n), all >> 255n]
  const square = mod((y * y - 1n) * power(D * y * y + 1n, P - 2n))
  let x = power(square, (P + 3n) / 8n)
  if ((x * x) % P !== square) x = (x * ROOT_OF_MINUS_ONE) % P
  need(y < P && (x * x) % P === square && (x > 0n || odd === 0n), 'no point of the curve')
  if ((x & 1n) !== odd) x = P - x
  return [x, y, 1n, (x * y) % P]
}

const BASE = point(Uint8Array.from({ length: 32 }, (_, i) => (i ? 0x66 : 0x58)))

const isSmall = (p) => times(8n, p)[0] === 0n

/** 5.1.7, without the cofactor, and never by points of small order: whether the key's holder signed the message. */
export function signed(key, message, signature) {
  if (signature.length !== 64) return false
  const s = fromLe(signature.subarray(32))
  if (s >= ORDER) return false
  try {
    const start = signature.subarray(0, 32)
    const left = times(s, BASE)
    const [r, a] = [point(start), point(key)]
    if (isSmall(r) || isSmall(a)) return false
    const right = add(r, times(fromLe(sha512(start, key, message)) % ORDER, a))
    return mod(left[0] * right[2] - right[0] * left[2]) === 0n && mod(left[1] * right[2] - right[1] * left[2]) === 0n
  } catch {
    return false
  }
}
