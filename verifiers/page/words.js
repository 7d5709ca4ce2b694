// What the page says, in English and Korean.
import { SAYS } from './says.js'

const TABLES_KO = { source: '출처', file: '파일', event: '이벤트', finding: '발견 사항', statement: '진술' }

const en = {
  lang: 'en',
  title: 'Check a Casebook package',
  intro: 'Everything happens in this page, on this computer. Nothing is sent anywhere: the page has no network.',
  drop: 'Drop a package (.zip) here, or choose a file',
  choose: 'Choose a file…',
  reading: 'Checking…',
  print: 'Print',
  notCovered: 'Not covered',
  allCovered: 'Everything in the ledger that rows and fields can show is shown.',
  verdict: 'Result',
  faults: 'What does not hold, and where',
  noFaults: 'Every step holds.',
  green: 'GREEN. Verified',
  greenWhy: 'Everything in the package holds, and it agrees with what you gave from elsewhere.',
  amber: 'AMBER. Consistent, not anchored',
  amberWhy: 'Nothing in the package contradicts itself. But whoever made the case could have made all of it anew. Give a checkpoint or key that you got by another way, below.',
  red: 'RED. Mismatch',
  redWhy: 'Something in the package was changed, added, left out, or does not belong to it.',
  disagree: 'RED. The two engines disagree',
  disagreeWhy: 'WebAssembly and plain JavaScript judge this package differently. Trust neither: check it with verify.py, and report it.',
  unreadable: 'Not readable',
  unreadableWhy: 'This file is not a package, or too damaged to be judged.',
  judgedBoth: 'Judged by two engines, which agree: the program\'s own code (WebAssembly) and plain JavaScript.',
  judgedPlain: 'Judged by plain JavaScript alone: WebAssembly is missing, not allowed, or was turned off with #plain.',
  judgedFailed: (why) => `Judged by plain JavaScript alone: WebAssembly failed (${why}).`,
  trustTitle: 'From elsewhere',
  trustLabel: 'A checkpoint (its note, or size and root) or a key that reached you by another way than this package',
  trustCheck: 'Check with it',
  trustBad: 'This is neither a checkpoint nor a key.',
  facts: (rows, entries) => `${rows} rows and ${entries} entries of the ledger were checked.`,
  rows: 'Rows', entries: 'Entries', evidence: 'Evidence', head: 'Checkpoint',
  filter: 'Filter', table: 'Table', allTables: 'all', row: 'Row', time: 'Time', fields: 'Fields', state: 'Proof',
  back: 'Back', next: 'Next', more: 'More',
  rowsFound: (n, of, page, pages) => `${n} of ${of} rows, page ${page} of ${pages}`,
  noRows: 'The package shows no rows.',
  noEvidence: 'The package shows no bytes of the evidence.',
  masked: 'masked', empty: 'nothing', holds: 'holds', fails: 'does not hold', unknown: 'not checked',
  sealedBy: 'root in', entryNumber: (n) => `entry ${n}`,
  headerBytes: 'The header\'s bytes',
  span: (i, source, offset, length) => `Span ${i}: ${length} bytes of source ${source}, from ${offset}`,
  bytesNotShown: 'Its bytes are not in the package, or only decoding leads to them.',
  bytesOf: (n, source, offset, length) => `Import ${n}, source ${source}: ${length} bytes from ${offset}`,
  header: (name) => name,
  caseId: 'Case', size: 'Entries', root: 'Root', caseKey: 'Key of the case', noKey: 'none: the checkpoint is unsigned, and rests on a copy kept elsewhere',
  signer: { signed: 'signed this checkpoint', absent: 'did not sign this checkpoint', forged: 'a signature in its name is forged' },
  anchor: {
    note: (seq, size) => `Entry ${seq}: a checkpoint of ${size} entries came back from outside. `,
    rfc3161: (seq, size) => `Entry ${seq}: a time stamp over the checkpoint of ${size} entries; whether an authority signed it is not checked here. It says: `,
  },
  aboutTitle: 'Can this page be trusted?',
  about: [
    'A page that came with the package could have been changed with it. Three things help:',
    'Take verify.html from the program\'s own release instead, and check the package with that.',
    'Compare the SHA-256 of the file verify.html with the one published with the release. Windows: certutil -hashfile verify.html SHA256. macOS: shasum -a 256 verify.html. Linux: sha256sum verify.html.',
    'Check with another verifier: python3 -I verify.py PACKAGE.zip is a short script that an expert can read, and SPEC.txt is enough to write one.',
  ],
  shows: 'Green shows that these rows were derived from evidence with the stated digests and not changed since the checkpoint. It does not show that the evidence was genuine, that a parser is right, or who sat at the keyboard.',
  uncovered: {
    outside: () => 'Nothing from outside the package was given: consistent is not unchanged.',
    rows: ([shown, of, n, table, hidden]) => `Import ${n}, table ${table}: ${shown} of ${of} rows are shown${hidden === '0' ? '' : `; ${hidden} more were asked for and left out`}.`,
    masked: ([n, name]) => `${n} fields ${name} are masked.`,
    import: ([n]) => `No row of import ${n} is shown.`,
    bytes: ([shown, of, n, source]) => `Import ${n}, source ${source}: ${shown} of ${of} bytes are shown.`,
    token: () => 'Whether time stamps are signed by an authority you trust: openssl ts -verify tells.',
    annex: () => 'What is in the annex: it is encrypted to somebody.',
    clock: () => 'The times of entries: the machine\'s clock ran backwards at least once.',
  },
  says: (text) => text,
}

const ko = {
  lang: 'ko',
  title: 'Casebook 패키지 확인',
  intro: '모든 작업은 이 컴퓨터의 이 페이지 안에서 이루어집니다. 네트워크를 쓰지 않으므로 아무것도 전송되지 않습니다.',
  drop: '패키지(.zip)를 여기에 놓거나 파일을 선택하십시오',
  choose: '파일 선택…',
  reading: '확인하는 중…',
  print: '인쇄',
  notCovered: '확인 범위 밖',
  allCovered: '원장에 있는 행과 필드가 모두 공개되어 있습니다.',
  verdict: '결과',
  faults: '맞지 않는 것과 그 위치',
  noFaults: '모든 단계가 맞습니다.',
  green: '녹색. 검증됨',
  greenWhy: '패키지 안의 모든 것이 맞고, 다른 경로로 받은 것과도 일치합니다.',
  amber: '황색. 모순 없음, 외부 기준 없음',
  amberWhy: '패키지 안에 모순은 없습니다. 그러나 사건 파일을 만든 사람은 전부를 새로 만들 수도 있습니다. 다른 경로로 받은 체크포인트나 키를 아래에 넣으십시오.',
  red: '적색. 불일치',
  redWhy: '패키지에서 무언가가 바뀌었거나, 더해졌거나, 빠졌거나, 이 패키지의 것이 아닙니다.',
  disagree: '적색. 두 엔진의 판정이 다름',
  disagreeWhy: 'WebAssembly와 JavaScript의 판정이 서로 다릅니다. 어느 쪽도 믿지 말고 verify.py로 확인한 뒤 알려 주십시오.',
  unreadable: '읽을 수 없음',
  unreadableWhy: '패키지가 아니거나, 판정할 수 없을 만큼 손상된 파일입니다.',
  judgedBoth: '두 엔진이 판정했고 결과가 같습니다: 프로그램과 같은 코드(WebAssembly)와 JavaScript.',
  judgedPlain: 'JavaScript만으로 판정했습니다: WebAssembly가 없거나, 허용되지 않거나, #plain으로 꺼져 있습니다.',
  judgedFailed: (why) => `JavaScript만으로 판정했습니다: WebAssembly가 실패했습니다(${why}).`,
  trustTitle: '다른 경로로 받은 것',
  trustLabel: '이 패키지가 아닌 다른 경로로 받은 체크포인트(노트, 또는 크기와 루트)나 키',
  trustCheck: '함께 확인',
  trustBad: '체크포인트도 키도 아닙니다.',
  facts: (rows, entries) => `행 ${rows}개와 원장 항목 ${entries}개를 확인했습니다.`,
  rows: '행', entries: '항목', evidence: '증거', head: '체크포인트',
  filter: '찾기', table: '표', allTables: '전체', row: '행', time: '시각', fields: '필드', state: '증명',
  back: '이전', next: '다음', more: '더 보기',
  rowsFound: (n, of, page, pages) => `${of}개 중 ${n}개 행, ${pages}쪽 중 ${page}쪽`,
  noRows: '패키지에 공개된 행이 없습니다.',
  noEvidence: '패키지에 공개된 증거 바이트가 없습니다.',
  masked: '가려짐', empty: '없음', holds: '맞음', fails: '맞지 않음', unknown: '확인 안 됨',
  sealedBy: '루트가 있는 곳', entryNumber: (n) => `항목 ${n}`,
  headerBytes: '헤더의 바이트',
  span: (i, source, offset, length) => `근거 ${i}: 출처 ${source}의 ${offset}부터 ${length}바이트`,
  bytesNotShown: '바이트가 패키지에 없거나, 디코딩해야만 닿을 수 있습니다.',
  bytesOf: (n, source, offset, length) => `가져오기 ${n}, 출처 ${source}: ${offset}부터 ${length}바이트`,
  header: (name) => HEADER_KO[name] ?? name,
  caseId: '사건', size: '항목 수', root: '루트', caseKey: '사건의 키', noKey: '없음: 체크포인트에 서명이 없으며, 다른 곳에 보관된 사본에 의존합니다',
  signer: { signed: '이 체크포인트에 서명함', absent: '이 체크포인트에 서명하지 않음', forged: '이 키 이름의 서명이 위조됨' },
  anchor: {
    note: (seq, size) => `항목 ${seq}: 항목 ${size}개의 체크포인트가 외부에서 돌아왔습니다. `,
    rfc3161: (seq, size) => `항목 ${seq}: 항목 ${size}개의 체크포인트에 대한 시점 확인(타임스탬프). 기관의 서명 여부는 여기서 확인하지 않습니다. 표시된 시각: `,
  },
  aboutTitle: '이 페이지를 믿어도 됩니까?',
  about: [
    '패키지와 함께 온 페이지는 패키지와 함께 바뀌었을 수 있습니다. 다음 방법이 있습니다.',
    '프로그램 배포본에 있는 verify.html을 따로 받아 그것으로 패키지를 확인하십시오.',
    'verify.html 파일의 SHA-256을 배포본에 공개된 값과 비교하십시오. Windows: certutil -hashfile verify.html SHA256. macOS: shasum -a 256 verify.html. Linux: sha256sum verify.html.',
    '다른 검증기로도 확인하십시오. python3 -I verify.py PACKAGE.zip은 전문가가 읽을 수 있는 짧은 스크립트이며, SPEC.txt만으로 새 검증기를 만들 수 있습니다.',
  ],
  shows: '녹색은 이 행들이 명시된 해시의 증거에서 나왔고 체크포인트 이후 바뀌지 않았음을 보여 줍니다. 증거가 진짜였는지, 해석이 옳은지, 누가 키보드 앞에 있었는지는 보여 주지 않습니다.',
  uncovered: {
    outside: () => '패키지 외부에서 받은 것이 없습니다. 모순이 없다는 것이 바뀌지 않았다는 뜻은 아닙니다.',
    rows: ([shown, of, n, table, hidden]) => `가져오기 ${n}, ${TABLES_KO[table] ?? table} 표: ${of}개 행 중 ${shown}개 공개${hidden === '0' ? '' : `, 요청되었으나 제외된 행 ${hidden}개`}.`,
    masked: ([n, name]) => `${name} 필드 ${n}개가 가려져 있습니다.`,
    import: ([n]) => `가져오기 ${n}의 행은 공개되지 않았습니다.`,
    bytes: ([shown, of, n, source]) => `가져오기 ${n}, 출처 ${source}: ${of}바이트 중 ${shown}바이트 공개.`,
    token: () => '타임스탬프에 신뢰하는 기관의 서명이 있는지: openssl ts -verify로 확인하십시오.',
    annex: () => '첨부(annex)의 내용: 특정인에게 암호화되어 있습니다.',
    clock: () => '항목의 시각: 기기의 시계가 한 번 이상 뒤로 갔습니다.',
  },
  says: (text) => {
    const [said, name] = splitName(text)
    return SAYS[said] === undefined ? text : SAYS[said] + name
  },
}

const HEADER_KO = {
  time: '시각', precision: '정밀도', zone: '시간대 근거', action: '행위', state: '상태', parser: '파서', source: '출처', kind: '종류', size: '크기',
  modified: '수정', accessed: '접근', changed: '변경', created: '생성', deleted: '삭제', record: '레코드', severity: '심각도', count: '개수', entry: '항목',
  parent: '상위', bytes: '바이트',
}

/** A sentence and the quoted name after it. */
function splitName(text) {
  const at = text.search(/: "(?:[^"\\]|\\.)*"$/)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at)]
}

/** A place in the page's language: `import 1 event row 7`. */
export function placeWords(place, words) {
  if (words.lang === 'en') return place.replace(/ row$/, '')
  const row = /^import (\d+) (source|file|event|finding|statement) row ?(\d*)$/.exec(place)
  if (row) return `가져오기 ${row[1]} ${TABLES_KO[row[2]]}${row[3] ? ` ${row[3]}행` : ''}`
  const block = /^import (\d+) source (\d+) block (\d+)$/.exec(place)
  if (block) return `가져오기 ${block[1]} 출처 ${block[2]} 블록 ${block[3]}`
  const numbered = /^(entry|anchor) (\d+)$/.exec(place)
  if (numbered) return `${numbered[1] === 'entry' ? '항목' : '앵커'} ${numbered[2]}`
  const line = /^(rows|blocks)\.jsonl line (\d+)$/.exec(place)
  if (line) return `${line[1]}.jsonl ${line[2]}번째 줄`
  return { zip: 'zip 파일', checkpoint: '체크포인트', disclosure: '공개 내역' }[place] ?? place
}

export const WORDS = { en, ko }
