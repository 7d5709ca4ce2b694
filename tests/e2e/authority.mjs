// A time-stamping authority of this machine, made with OpenSSL: a root, a signer, and replies to requests.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const CONFIG = join(import.meta.dirname, '../timestamps/authority.cnf')

/** Its certificates as a file, and the reply to a request as a file. */
export function newAuthority() {
  const folder = mkdtempSync(join(tmpdir(), 'casebook-authority-'))
  const env = { ...process.env, OPENSSL_CONF: join(folder, 'openssl.cnf') }
  const openssl = (...args) => execFileSync('openssl', args, { cwd: folder, env, stdio: 'pipe' })
  copyFileSync(CONFIG, env.OPENSSL_CONF)
  writeFileSync(join(folder, 'serial'), '01\n')
  const certificate = (name, ...by) => {
    openssl('req', '-new', '-nodes', '-newkey', 'rsa:2048', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/O=Example Authority/CN=Example ${name}`)
    openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-days', '365', '-extfile', 'openssl.cnf', '-extensions', name, '-out', `${name}.pem`)
  }
  certificate('root', '-signkey', 'root.key')
  certificate('signer', '-CA', 'root.pem', '-CAkey', 'root.key', '-CAcreateserial')
  return {
    chain: join(folder, 'root.pem'),
    reply(request) {
      // A file of its own: a page does not read one that changed after it was chosen.
      const out = `${request}.tsr`
      openssl('ts', '-reply', '-config', 'openssl.cnf', '-section', 'tsa', '-queryfile', request, '-signer', 'signer.pem', '-inkey', 'signer.key', '-out', out)
      return out
    },
  }
}
