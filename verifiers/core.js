// The verifier in plain JavaScript: no dependency, no network, nothing but what a browser brings.
import { checkPackage } from './core/check.js'
import { Unreadable, readZip } from './core/zip.js'

/** Checks the bytes of a package; throws `Unreadable` where they are no zip. `trust`: `kept` and `key`, as texts. */
export async function verify(bytes, trust = {}) {
  const { files, faults } = await readZip(bytes)
  return checkPackage(files, trust, faults)
}

export { Unreadable, checkPackage, readZip }
