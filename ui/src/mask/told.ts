import { prefs } from '../state/prefs.svelte'
import { t } from '../text/index.svelte'
import { touches, type MaskedKind } from './mask'

/** A text where nothing but text can stand, as an option or a label: as `MaskedText` shows it. */
export const told = (text: string, kinds: readonly MaskedKind[]): string => (touches(kinds, prefs.masked) ? t().mask.mark : text)
