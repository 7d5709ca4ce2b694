// Trees and their paths. Source: docs/format.md, "Trees" and "Evidence blocks"; RFC 9162 section 2.1.
import { need } from './bytes.js'
import { sha256 } from './sha.js'

const ZERO = Uint8Array.of(0)
const ONE = Uint8Array.of(1)

export const EMPTY = sha256(new Uint8Array(0))
export const leafHash = (...data) => sha256(ZERO, ...data)
export const nodeHash = (left, right) => sha256(ONE, left, right)

/** The largest power of two below a BigInt. */
function half(n) {
  return 1n << BigInt((n - 1n).toString(2).length - 1)
}

/** A tree that grows by leaf hashes. */
export class Tree {
  size = 0
  #full = []

  add(leaf) {
    this.#full.push(leaf)
    for (let n = this.size++; n % 2 === 1; n = (n - 1) / 2) {
      const right = this.#full.pop()
      this.#full.push(nodeHash(this.#full.pop(), right))
    }
  }

  root() {
    return this.#full.length === 0 ? EMPTY : this.#full.reduceRight((right, left) => nodeHash(left, right))
  }
}

export function rootOf(leaves) {
  const tree = new Tree()
  for (const leaf of leaves) tree.add(leaf)
  return tree.root()
}

/** The root that an inclusion path leads to from a leaf (2.1.3); the path's last hash is the highest. */
export function climb(leaf, index, size, path) {
  need(index >= 0n && index < size, 'a number that its tree does not have')
  if (size === 1n) {
    need(path.length === 0, 'its path is of another tree')
    return leaf
  }
  need(path.length > 0, 'its path is of another tree')
  const k = half(size)
  const below = path.slice(0, -1)
  const top = path[path.length - 1]
  return index < k ? nodeHash(climb(leaf, index, k, below), top) : nodeHash(top, climb(leaf, index - k, size - k, below))
}

/** The root over `count` blocks of which some, from `first` on, are shown; `path` stands for all others. */
export function rangeRoot(count, first, shown, path) {
  const end = first + BigInt(shown.length)
  let used = 0
  function walk(lo, hi) {
    if (hi <= first || end <= lo) {
      need(used < path.length, 'its path is too short')
      return path[used++]
    }
    if (hi - lo === 1n) return leafHash(shown[Number(lo - first)])
    const k = lo + half(hi - lo)
    const left = walk(lo, k)
    return nodeHash(left, walk(k, hi))
  }
  const root = walk(0n, count)
  need(used === path.length, 'its path is too long')
  return root
}
