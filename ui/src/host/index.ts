import { http } from './http'
import type { Host } from './host'

export { handToBrowser } from './download'
export { read, type Watch } from './read'
export { asError, expect, isApiError, type DropEvent, type Host } from './host'

/** The host this page runs under. */
export async function findHost(): Promise<Host> {
  if ('__TAURI_INTERNALS__' in globalThis) return (await import('./tauri')).tauri
  return http
}
