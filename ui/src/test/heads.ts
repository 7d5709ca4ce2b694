// An invented head with its keys, and a package, for tests of components only.
import type { HeadAct, HeadKey, Heads, PackageMade, Response } from '../api.gen'

export const keyNamed = (name: string, given: Partial<HeadKey> = {}): HeadKey => ({ name, key: `${name}+0a1b2c3d+${'A'.repeat(44)}`, place: 'file', state: 'ready', why: null, ...given })
const WORDS = 'abandon ability able about above absent absorb abstract absurd abuse access accident account accuse achieve acid acoustic acquire across act action actor actress actual'

export const HEADS: Heads = {
  entries: '7', root: 'a7'.repeat(32), words: WORDS.split(' '), note: 'casebook\n7\nroot\n', signed: 'not-signed', signed_by: [],
  keys: [keyNamed('examiner-1', { state: 'locked' }), keyNamed('examiner-0', { place: 'elsewhere', state: 'elsewhere' })],
  others: [keyNamed('desk-2'), keyNamed('desk-3', { place: 'system', state: 'closed', why: 'no Secret Service answers' })],
  timestamps: [
    { entry: '5', size: '4', time: '2025-06-24T07:20:34Z', authority: 'Example TSA', fault: null },
    { entry: '6', size: '5', time: '2025-06-25T07:20:34Z', authority: null, fault: 'the certificate had ended' },
  ],
}

/** A head that keys act on; the passphrase is "open sesame". */
export function headsOf(): (asked: HeadAct) => Response {
  let heads = HEADS
  const set = (given: Partial<Heads>) => (heads = { ...heads, ...given })
  const state = (key: string, to: string) => set({ keys: heads.keys.map((k) => (k.key === key ? { ...k, state: to } : k)) })
  return (asked) => {
    switch (asked.act) {
      case 'unlock':
        if (asked.passphrase !== 'open sesame') throw { code: 'key', message: 'the passphrase does not open it', hint: null }
        state(asked.key, 'ready')
        break
      case 'seal':
        if (heads.keys.some((k) => k.state === 'locked')) throw { code: 'key', message: 'examiner-1 is locked', hint: null }
        set({ signed: 'signed', signed_by: ['examiner-1'] })
        break
      case 'new_key':
        set({ others: [...heads.others, keyNamed(asked.name ?? 'key-0001', { place: asked.passphrase === null ? 'system' : 'file' })] })
        break
      case 'use_key':
        set({ keys: [...heads.keys, ...heads.others.filter((k) => k.key === asked.key)], others: heads.others.filter((k) => k.key !== asked.key) })
        break
      case 'revoke_key':
        set({ keys: heads.keys.filter((k) => k.key !== asked.key) })
        break
      case 'print':
        return { answer: 'made', files: [{ name: 'head.pdf', base64: '' }] }
      case 'timestamp_request':
        return { answer: 'made', files: [{ name: 'head.tsq', base64: '' }, { name: 'head.note', base64: '' }] }
      default:
    }
    return { answer: 'heads', heads }
  }
}

export const PACKAGE: PackageMade = {
  handle: 'h1', path: '/cases/out/timeline of June.zip', bytes: '1048577', sha256: 'c4'.repeat(32), entry: '12', ranges: '0', verdict: 'consistent',
  rows: [{ import: 1, table: 'event', shown: '176', of: '2000' }, { import: 1, table: 'source', shown: '1', of: '1' }],
  masked: [['event_subject', '170'], ['event_object', '12']], remarks: ['no bytes of the evidence are shown'],
}
