// A time-stamping authority of this machine, made with OpenSSL: a root, a signer, and replies to requests.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const CONFIG = `
[req]
distinguished_name = name
prompt = no
[name]
CN = Example
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
[signer]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
serial = serial
crypto_device = builtin
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
accuracy = secs:1
signer_digest = sha256
ess_cert_id_alg = sha256
`

/** Its certificates as a file, and the reply to a request as a file. */
export function newAuthority() {
  const folder = mkdtempSync(join(tmpdir(), 'casebook-authority-'))
  const env = { ...process.env, OPENSSL_CONF: join(folder, 'openssl.cnf') }
  const openssl = (...args) => execFileSync('openssl', args, { cwd: folder, env, stdio: 'pipe' })
  writeFileSync(env.OPENSSL_CONF, CONFIG)
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
