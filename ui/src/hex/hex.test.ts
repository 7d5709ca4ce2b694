import { expect, test } from 'vitest'
import { lines, windowOf } from './hex'

test('the window has context, whole lines, and does not begin before the source', () => {
  expect(windowOf({ offset: 1000n, length: 72n }, 2048n, 16)).toEqual({ offset: 928n, length: 208n })
  expect(windowOf({ offset: 3n, length: 1n }, 2048n, 16)).toEqual({ offset: 0n, length: 80n })
  expect(windowOf({ offset: 0n, length: 1n << 40n }, 2048n, 16).length).toBe(2112n)
})

test('exactly the bytes of the spans are lit', () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => i + 0x38)
  const shown = lines(bytes, 16n, [{ offset: 20n, length: 3n }, { offset: 31n, length: 2n }], 16)
  expect(shown.map((l) => l.offset)).toEqual([16n, 32n])
  expect(shown[0]?.parts.map((p) => [p.hex, p.lit])).toEqual([
    ['38 39 3a 3b', false],
    ['3c 3d 3e', true],
    ['3f 40 41 42 43 44 45 46', false],
    ['47', true],
  ])
  expect(shown[1]?.parts[0]).toEqual({ hex: '48', text: 'H', lit: true })
})

test('bytes become hex and printable ASCII, nothing else', () => {
  const all = lines(Uint8Array.from({ length: 256 }, (_, i) => i), 0n, [], 16)
  expect(all.flatMap((l) => l.parts.map((p) => p.text)).join('')).toMatch(/^[\x20-\x7e·]{256}$/)
})
