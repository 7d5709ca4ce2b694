export const mask = {
  title: 'Masked on screen',
  hint: 'Hides on this screen only; notes, records, findings and errors may hold a value of any kind, and are hidden with each. Exports and packages hold the values all the same: “Disclose…” masks what goes out.',
  kinds: { subject: 'Subjects, and targets that name them', actor: 'Actors and keys', address: 'Addresses and agents', object: 'Targets and paths', evidence: 'Names of evidence' },
  mask: 'Mask subjects, actors and addresses on screen',
  unmask: 'Unmask subjects, actors and addresses on screen',
  onHint: (kinds: string) => `Masked on screen: ${kinds}`,
  mark: 'masked',
  column: 'This column is masked on screen.',
  row: 'Masked row',
  show: 'Show…',
  showOf: (field: string) => `Show… ${field}`,
  reason: 'Reason',
  reasonHint: 'Row, field and reason become an entry of the ledger.',
  needed: 'A reason is needed.',
  confirm: 'Show',
  entry: (n: string) => `entry ${n} tells of it`,
  bytes: 'The bytes show what is masked on screen. They are shown again when nothing is masked (settings).',
  proof: 'The proof holds what is masked on screen. It can be checked when nothing is masked (settings).',
  page: 'This page is made of values that are masked on screen. It is shown again when they are not (settings).',
}

export type MaskTexts = typeof mask
