// The ledger crate as WebAssembly: the same check as the program's. Source: crates/verifier.
import { concat, le, textOf, utf8 } from './bytes.js'

/** The engine in compiled bytes; null where this browser has or allows no WebAssembly. */
export async function loadEngine(wasm) {
  try {
    const { instance } = await WebAssembly.instantiate(wasm, {})
    return instance.exports
  } catch {
    return null
  }
}

const part = (bytes) => [le(bytes.length, 4), bytes]

/** The engine's report on unpacked files; faults of the zip come first, as it never sees the zip. */
export function judge(engine, files, trust, zipFaults) {
  const parts = [part(utf8(trust.kept ?? '')), part(utf8(trust.key ?? ''))]
  for (const [name, bytes] of files) parts.push(part(utf8(name)), part(bytes))
  const input = concat(...parts.flat())
  const at = engine.reserve(input.length)
  new Uint8Array(engine.memory.buffer).set(input, at)
  const length = engine.check()
  const answer = new Uint8Array(engine.memory.buffer).slice(engine.answer(), engine.answer() + length)
  const report = JSON.parse(textOf(answer) ?? '')
  if (report.unreadable !== undefined) throw new Error(report.unreadable)
  const own = zipFaults.map(({ place, says, name }) => ({ place, says: `${says}: ${JSON.stringify(name)}` }))
  // A file that is missing only because it could not be unpacked is not told twice.
  const faults = own.length > 0 ? [...own, ...report.faults.filter((f) => f.place !== 'zip')] : report.faults
  return { ...report, verdict: faults.length > 0 ? 'mismatch' : report.verdict, faults }
}

/** Whether two engines say the same: the verdict and the first place; of a whole package also what was judged. */
export function agree(one, other) {
  const said = (r) => JSON.stringify([r.verdict, r.faults[0]?.place ?? null, ...(r.verdict === 'mismatch' ? [] : [r.rows, r.entries, r.size, r.root])])
  return said(one) === said(other)
}
