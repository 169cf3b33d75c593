// Rule files of the filter `waf`, read before the gateway is made: by their paths, with the data files beside them.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { CheckedConfig, Ports } from '../../src/index.js'
import { type LogOutput, openConfiguredLog } from './log-output.js'

/** The port of the firewall, and the logs it has opened. */
export interface OpenedFirewalls {
  readonly ports: Pick<Ports, 'firewall'>
  readonly audits: readonly LogOutput[]
}

/** Loads the engine where a filter asks for it. Files are read when the gateway is made, and again at each reload. */
export async function openFirewalls({ filters = [], routes }: CheckedConfig): Promise<OpenedFirewalls> {
  const all = [filters, ...routes.map((route) => route.filters ?? [])].flat()
  const asked = all.some((filter) => typeof filter !== 'function' && filter.waf)
  if (!asked) return { ports: { firewall: (config) => ({ faults: [{ keys: ['rules'], value: config.rules, message: 'takes a restart: the engine for rules is loaded at start, where a filter asks for it' }] }) }, audits: [] }
  const { firewalls } = await import('../../src/waf/index.js')
  const read = reader()
  const audits = new Map<string, LogOutput>()
  const openAudit = (path: string): ((line: string) => void) => {
    const output = audits.get(path) ?? openConfiguredLog(path, 'filters.waf.audit')
    audits.set(path, output)
    return (line) => output.write(line)
  }
  return {
    ports: { firewall: firewalls({ filesOf: (pattern) => filesOf(pattern, read), dataFiles: (name, besides) => read(join(dirname(besides), name)), openAudit }) },
    get audits() {
      return [...audits.values()]
    },
  }
}

/** Rules are bytes: each character of the text is one. */
function filesOf(pattern: string, read: (path: string) => string | undefined): { name: string; text: string }[] {
  return pathsOf(pattern).flatMap((path) => {
    const text = read(path)
    return text === undefined ? [] : [{ name: path, text }]
  })
}

function pathsOf(pattern: string): string[] {
  const last = basename(pattern)
  if (!last.includes('*')) return [pattern]
  const matcher = new RegExp(`^${last.split('*').map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&')).join('.*')}$`)
  try {
    return readdirSync(dirname(pattern)).filter((name) => matcher.test(name)).sort().map((name) => join(dirname(pattern), name))
  } catch {
    // A folder that is not there has no files, which the engine tells of.
    return []
  }
}

/** A file's text; that of before while the file is as it was. */
function reader(): (path: string) => string | undefined {
  const known = new Map<string, { readonly version: string; readonly text: string }>()
  return (path) => {
    const version = versionOf(path)
    if (version === undefined) return undefined
    const kept = known.get(path)
    if (kept?.version === version) return kept.text
    const text = readFileSync(path, 'latin1')
    known.set(path, { version, text })
    return text
  }
}

function versionOf(path: string): string | undefined {
  try {
    const { mtimeMs, size, ino } = statSync(path)
    return `${mtimeMs} ${size} ${ino}`
  } catch {
    // The engine tells which file is missing, and for whom.
    return undefined
  }
}
