import type { MaskTexts } from './mask.en'

export const mask: MaskTexts = {
  title: '화면에서 가리기',
  hint: '이 화면에서만 가립니다. 내보내기와 패키지에는 값이 그대로 들어갑니다. 밖으로 나가는 것은 “제출본…”에서 가립니다.',
  kinds: { subject: '정보 주체와 이를 드러내는 대상', actor: '행위자와 키', address: '주소와 에이전트', object: '대상과 경로' },
  mask: '정보 주체, 행위자, 주소를 화면에서 가리기',
  unmask: '정보 주체, 행위자, 주소를 화면에서 가리지 않기',
  onHint: (kinds) => `화면에서 가림: ${kinds}`,
  mark: '가림',
  column: '이 열은 화면에서 가려져 있습니다.',
  row: '가린 행',
  show: '보기…',
  showOf: (field) => `보기… ${field}`,
  reason: '사유',
  reasonHint: '행, 칸, 사유가 원장에 기록됩니다.',
  needed: '사유를 적어야 합니다.',
  confirm: '보기',
  entry: (n) => `원장의 기록 ${n}에 남았습니다`,
  bytes: '바이트에는 화면에서 가린 것이 보입니다. 아무것도 가리지 않을 때 다시 나타납니다(설정).',
  proof: '증명에는 화면에서 가린 것이 들어 있습니다. 아무것도 가리지 않을 때 확인할 수 있습니다(설정).',
  page: '이 페이지는 화면에서 가린 값으로 이루어져 있습니다. 가리지 않을 때 다시 나타납니다(설정).',
}
