// Texts of the preview of logs and the correction of their mapping, before an import.
const many = (n: string, one: string, more: string) => `${n} ${n === '1' ? one : more}`

export const mapping = {
  open: 'Preview and mapping of logs',
  corrected: 'corrected mapping',
  about: 'The first records as they would be imported. What is set here holds for every log of this item.',
  profile: 'Log profile',
  recognised: 'As recognised',
  zone: 'Zone of times that state none',
  zoneUnknown: 'unknown (stays marked as such)',
  runnerUp: (name: string) => `next: ${name}`,
  notRecognised: 'would not have been recognised',
  zoneIs: (zone: string) => `times that state no offset: ${zone}`,
  read: (read: string, unread: string) => `${many(read, 'record', 'records')} read, ${unread} not, in the first 64 KiB`,
  firstRows: (n: string, m: string) => `The first ${n} of ${m}`,
  noRows: 'No record of the first 64 KiB could be read under this mapping.',
  withoutYear: (n: string) => `${n} of these are undated: nothing states their year`,
  withoutZone: (n: string) => `${n} of these have a time whose offset nothing states`,
  unread: 'Not read',
  at: (offset: string) => `at byte ${offset}`,
  fields: 'Fields of the file',
  toml: 'Mapping (TOML)',
  tomlAbout: 'The profile as text. Correct which field is the time, the actor, the address and the subject, then apply it.',
  apply: 'Apply and preview',
  back: 'Back to the profile',
  changed: 'Changed and not applied: apply it, or it is not what is imported.',
  none: 'No log was found in this item under this mapping.',
  first: (n: string, m: string) => `${n} of ${m} logs shown`,
}

export type MappingTexts = typeof mapping
