/** A root in groups of eight digits, as it is compared by eye. */
export function grouping(root: string): string[] {
  return root.match(/.{1,8}/gs) ?? []
}

/** Whether a key may be called so: the rule of signed notes. Without a name the case gives one. */
export function isKeyName(name: string): boolean {
  return !/[\s+\u0000-\u001f\u007f-\u009f]/.test(name)
}

/** Longest text that is taken for a checkpoint, bytes: one has three lines and some signatures. */
export const LONGEST_NOTE = 64 * 1024
