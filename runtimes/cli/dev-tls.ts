// TLS for a developer's machine: where its authority lies, and how it is believed there.
import { join } from 'node:path'
import type { Config } from '../../src/index.js'

/** The folder for data of programs that a user has. */
export function devTlsFolder(platform: NodeJS.Platform, environment: Readonly<Record<string, string | undefined>>, home: string): string {
  const data = (): string => {
    if (platform === 'win32') return environment['LOCALAPPDATA'] || join(home, 'AppData', 'Local')
    if (platform === 'darwin') return join(home, 'Library', 'Application Support')
    return environment['XDG_DATA_HOME'] || join(home, '.local', 'share')
  }
  return join(data(), 'fetchgate', 'dev-tls')
}

/** How to have this machine believe the authority, by its system. */
export function trustLines(platform: NodeJS.Platform, ca: string): string {
  const ways: readonly (readonly [string, string])[] =
    platform === 'win32' ? [['for this user', `certutil -user -addstore Root "${ca}"`]]
    : platform === 'darwin' ? [['for this user', `security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db "${ca}"`]]
    : [
        ['Debian, Ubuntu, Alpine', `sudo cp "${ca}" /usr/local/share/ca-certificates/fetchgate-dev.crt && sudo update-ca-certificates`],
        ['Fedora, Arch', `sudo trust anchor "${ca}"`],
        ['Chrome and Chromium', `certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n fetchgate-dev -i "${ca}"`],
      ]
  const lines = [...ways, ['Firefox', 'Settings, Certificates, Authorities, Import'], ['curl, Node', `curl --cacert "${ca}", NODE_EXTRA_CA_CERTS="${ca}"`]] as const
  return ['Have clients on this machine believe its authority, which certifies for this machine only:', ...lines.map(([who, how]) => `  ${who}: ${how}`), ''].join('\n')
}

/** Hosts of routes that lead to this machine, as `app.localhost` does. */
export function localHosts({ routes }: Pick<Config, 'routes'>): string[] {
  const hosts = routes.flatMap(({ host = [] }) => host)
  return [...new Set(hosts.map((host) => host.toLowerCase()).filter((host) => host.endsWith('.localhost') && !host.startsWith('*.')))]
}
