import { expect, test } from 'vitest'
import { pieces, visible } from './escape'

test('what cannot be seen, hides or reorders is an escape', () => {
  const cases: [string, string][] = [
    ['invoice\u202Egnp.exe', 'invoice\\u{202e}gnp.exe'],
    ['a\0b', 'a\\0b'],
    ['a\r\n\tb', 'a\\r\\n\\tb'],
    ['\u001b[31m', '\\x1b[31m'],
    ['zero\u200Bwidth\u2066x\u2069', 'zero\\u{200b}width\\u{2066}x\\u{2069}'],
    ['\ufeffbom', '\\u{feff}bom'],
    ['tag\u{e0041}', 'tag\\u{e0041}'],
    ['half\ud800', 'half\\u{d800}'],
    ['fill\u3164er', 'fill\\u{3164}er'],
  ]
  for (const [raw, shown] of cases) expect(visible(raw)).toBe(shown)
})

test('names of people and files in any script stay as they are', () => {
  for (const text of ['김철수', 'Ünïcode', 'файл.txt', '文件', 'ملف', '<img src=x onerror=alert(1)>', '👩‍💻'.replace('\u200d', '')]) expect(visible(text)).toBe(text)
})

test('an escape is told from text that looks like one', () => {
  expect(pieces('\\u{202e}\u202e')).toEqual([
    { text: '\\u{202e}', escape: false },
    { text: '\\u{202e}', escape: true },
  ])
})
