// Certificates that openssl makes for a test, in a folder of its own.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate and its key, in files. */
export interface Issued {
  readonly cert: string
  readonly key: string
  /** The same as texts. */
  readonly pem: { readonly cert: string; readonly key: string }
}

/** An authority that certifies what it is asked to. */
export class TestAuthority {
  readonly folder = mkdtempSync(join(tmpdir(), 'fetchgate-tls-'))
  /** Its own certificate. */
  readonly ca = join(this.folder, 'ca.pem')
  /** The same as text. */
  readonly pem: string
  #count = 0

  constructor(name = 'fetchgate test authority') {
    this.#openssl('req', '-x509', ...NEW_KEY, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '30', '-subj', `/CN=${name}`)
    this.pem = readFileSync(this.ca, 'utf8')
    writeFileSync(join(this.folder, 'index.txt'), '')
    writeFileSync(join(this.folder, 'ca.conf'), `[ca]\ndefault_ca=d\n[d]\ndatabase=${this.folder}/index.txt\ndefault_md=sha256\ndefault_crl_days=30\n`)
  }

  /** Certifies names, `DNS:` or `IP:` before each; for as many days, which may be over. */
  issue(commonName: string, names: readonly string[] = [], days = 30): Issued {
    const file = `${++this.#count}`
    writeFileSync(join(this.folder, `${file}.ext`), names.length > 0 ? `subjectAltName=${names.join(',')}\n` : 'basicConstraints=CA:FALSE\n')
    this.#openssl('req', '-utf8', ...NEW_KEY, '-keyout', `${file}.key`, '-out', `${file}.csr`, '-subj', `/O=Example/CN=${commonName}`)
    this.#openssl('x509', '-req', '-in', `${file}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-set_serial', String(1000 + this.#count), '-days', String(days), '-extfile', `${file}.ext`, '-out', `${file}.pem`)
    const [cert, key] = [join(this.folder, `${file}.pem`), join(this.folder, `${file}.key`)]
    return { cert, key, pem: { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') } }
  }

  /** The file of a list on which these stand. */
  revoke(...revoked: readonly Issued[]): string {
    for (const { cert } of revoked) this.#openssl('ca', '-config', 'ca.conf', '-cert', 'ca.pem', '-keyfile', 'ca.key', '-revoke', cert)
    this.#openssl('ca', '-config', 'ca.conf', '-cert', 'ca.pem', '-keyfile', 'ca.key', '-gencrl', '-out', 'crl.pem')
    return join(this.folder, 'crl.pem')
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  #openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { cwd: this.folder, stdio: 'pipe' })
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
