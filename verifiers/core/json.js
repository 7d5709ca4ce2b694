// The JSON profile of docs/format.md: every value has exactly one text, and any other is refused.
import { Fault, textOf } from './bytes.js'

const MOST_LEVELS = 32
const SHORT = { '"': '"', '\\': '\\', b: '\b', t: '\t', n: '\n', f: '\f', r: '\r' }

/** The value of bytes of the profile. Objects have no prototype, so that no name in them means anything here. */
export function readJson(bytes) {
  const text = textOf(bytes)
  let at = 0
  const fault = (what) => new Fault(`not a text of the JSON profile: ${what} at character ${at}`)
  if (text === null) throw fault('not UTF-8')

  function value(level) {
    const c = text[at]
    if (c === '{' || c === '[') {
      if (level > MOST_LEVELS) throw fault('nested too deeply')
      return c === '{' ? members(level + 1) : items(level + 1)
    }
    if (c === '"') return string()
    for (const [word, meant] of [['null', null], ['true', true], ['false', false]]) {
      if (text.startsWith(word, at)) {
        at += word.length
        return meant
      }
    }
    return integer()
  }

  function integer() {
    const digits = /-?[0-9]+/y
    digits.lastIndex = at
    const found = digits.exec(text)?.[0]
    if (found === undefined) throw fault('no value')
    const n = Number(found)
    if (!Number.isSafeInteger(n) || String(n) !== found || '.eE'.includes(text[at + found.length] ?? ' ')) throw fault('not an integer below 2^53')
    at += found.length
    return n
  }

  function string() {
    let out = ''
    for (at++; ; ) {
      const plain = /[^"\\\u0000-\u001f]*/y
      plain.lastIndex = at
      const run = plain.exec(text)[0]
      out += run
      at += run.length
      const c = text[at]
      if (c === '"') {
        at++
        return out
      }
      if (c !== '\\') throw fault('a text without an end, or a control character in it')
      const short = SHORT[text[at + 1]]
      const code = /^u00(?:0[0-7be-f]|1[0-9a-f])$/.exec(text.slice(at + 1, at + 6))
      if (short === undefined && code === null) throw fault('an escape that the profile does not use')
      out += short ?? String.fromCharCode(parseInt(code[0].slice(1), 16))
      at += short === undefined ? 6 : 2
    }
  }

  function items(level) {
    const out = []
    at++
    if (text[at] === ']') {
      at++
      return out
    }
    for (;;) {
      out.push(value(level))
      const c = text[at++]
      if (c === ']') return out
      if (c !== ',') throw fault('no comma in an array')
    }
  }

  function members(level) {
    const out = Object.create(null)
    let last = ''
    at++
    if (text[at] === '}') {
      at++
      return out
    }
    for (;;) {
      if (text[at] !== '"') throw fault('no key')
      const key = string()
      if (!/^[a-z0-9_]+$/.test(key)) throw fault('a key outside [a-z0-9_]')
      if (key <= last) throw fault('a key twice or out of order')
      last = key
      if (text[at++] !== ':') throw fault('no colon after a key')
      out[key] = value(level)
      const c = text[at++]
      if (c === '}') return out
      if (c !== ',') throw fault('no comma in an object')
    }
  }

  const out = value(0)
  if (at !== text.length) throw fault('something after the value')
  return out
}

/** The value as an object of exactly these members. */
export function exactly(value, names) {
  if (!isObject(value)) throw new Fault('not an object')
  const there = Object.keys(value)
  const missing = names.find((n) => !there.includes(n))
  if (missing !== undefined) throw new Fault(`the member ${missing} is missing`)
  if (there.length !== names.length) throw new Fault('a member that is not of its form')
  return value
}

export const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)

export function list(value) {
  if (!Array.isArray(value)) throw new Fault('not a list')
  return value
}
