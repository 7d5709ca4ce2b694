// Checkpoints and keys. Source: docs/format.md, "Checkpoints".
import { big, concat, hex, need, same, textOf, unbase64, unhex, utf8 } from './bytes.js'
import { signed } from './ed25519.js'
import { sha256 } from './sha.js'

const NAME = String.raw`[^\s\u0085+\u0000-\u001f\u007f-\u009f]+`
const NOTE = new RegExp(
  String.raw`^(casebook/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\n((?:0|[1-9][0-9]{0,19}))\n([A-Za-z0-9+/]{43}=)\n)\n((?:\u2014 ${NAME} [A-Za-z0-9+/=]{8,}\n){0,64})$`,
)

/** A checkpoint: the signed text, the case, size and root, and the signature lines. */
export function readNote(bytes) {
  const found = NOTE.exec(textOf(bytes) ?? '')
  need(found !== null, 'not a checkpoint')
  const signatures = found[5].split('\n').slice(0, -1).map((line) => {
    const [, name, text] = line.split(' ')
    const raw = unbase64(text)
    return { name, id: hex(raw.subarray(0, 4)), signature: raw.subarray(4) }
  })
  return { signed: utf8(found[1]), case: found[2], size: big(found[3]), root: unbase64(found[4]), signatures }
}

/** What was kept elsewhere: a note, or a bare size and root (hexadecimal or base64). */
export function readKept(text) {
  const bare = /^\s*(\S+)\s+(\S+)\s*$/.exec(text)
  if (bare === null) return readNote(utf8(text))
  const root = /^[0-9a-f]{64}$/i.test(bare[2]) ? unhex(bare[2].toLowerCase()) : unbase64(bare[2])
  need(root.length === 32, 'not a root')
  return { size: big(bare[1]), root }
}

/** A key of the form `<name>+<key id>+<base64>`. */
export function readKey(text) {
  const found = new RegExp(String.raw`^(${NAME})\+([0-9a-f]{8})\+(\S{44})$`).exec(typeof text === 'string' ? text : '')
  need(found !== null, 'not a key')
  const raw = unbase64(found[3])
  need(raw[0] === 1 && raw.length === 33 && same(sha256(concat(utf8(`${found[1]}\n`), raw)).subarray(0, 4), unhex(found[2])), 'not a key')
  return { text, name: found[1], id: found[2], key: raw.subarray(1) }
}

/** How a key stands to a note: `signed`, `forged`, or `absent`. One line that does not verify is a forgery. */
export function signedBy(note, key) {
  const own = note.signatures.filter((s) => s.name === key.name && s.id === key.id)
  if (own.length === 0) return 'absent'
  return own.every((s) => signed(key.key, note.signed, s.signature)) ? 'signed' : 'forged'
}
