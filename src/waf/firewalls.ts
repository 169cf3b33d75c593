// Rule files as the firewalls of filters: filters with the same rules and settings share what was made of them.
import type { EndOfInspection, Firewall, FirewallFault, Inspected, InspectedAnswer, InspectedRequest, Stop } from '../firewall.js'
import { auditLine } from './audit.js'
import type { Interruption } from './engine/interruption.js'
import { type Overrides, overridesOf, type RuleExclusion } from './exclusions.js'
import { Inspection } from './inspection.js'
import { compileRules, type DataFiles } from './rules/compile.js'
import type { Program } from './rules/program.js'
import { RulesError } from './seclang/fault.js'
import type { RuleFile } from './seclang/parse.js'

/** The settings of the filter `waf`. */
export interface FirewallSettings {
  readonly rules: readonly string[]
  readonly mode?: 'block' | 'detect' | undefined
  readonly paranoia?: number | undefined
  readonly inboundThreshold?: number | undefined
  readonly outboundThreshold?: number | undefined
  readonly exclude?: readonly RuleExclusion[] | undefined
  readonly audit?: string | undefined
}

/** Where rules come from, and where audits go. */
export interface FirewallSource {
  /** The files that a name, or a pattern with `*`, stands for, in order; none when there are none. */
  readonly filesOf: (pattern: string) => readonly RuleFile[]
  readonly dataFiles: DataFiles
  /** Opens a log of lines by its path. Absent where there are no files. */
  readonly openAudit?: ((path: string) => (line: string) => void) | undefined
}

/** The port `firewall` of a gateway. */
export function firewalls(source: FirewallSource): (config: FirewallSettings) => Firewall | { readonly faults: readonly FirewallFault[] } {
  const programs = new Map<string, Made>()
  return (config) => {
    try {
      const program = programOf(config, source, programs)
      const audit = config.audit === undefined ? undefined : source.openAudit?.(config.audit)
      if (config.audit !== undefined && !audit) return fault('audit', config.audit, 'must be left out where there are no files')
      return firewall(program, overridesOf(program, config.exclude ?? []), audit)
    } catch (error) {
      if (error instanceof RulesError) return { faults: error.faults.map(({ place, message }) => ({ keys: ['rules'], value: place.file, message: `${place.file}:${place.line}: ${message}` })) }
      if (error instanceof RangeError) return fault('exclude', config.exclude, error.message)
      throw error
    }
  }
}

function fault(key: string, value: unknown, message: string): { readonly faults: readonly FirewallFault[] } {
  return { faults: [{ keys: [key], value, message }] }
}

interface DataFile {
  readonly name: string
  readonly besides: string
  readonly text: string | undefined
}

/** A program, and what it was made of: files may have changed by the next reload. */
interface Made {
  readonly program: Program
  readonly files: readonly RuleFile[]
  readonly data: readonly DataFile[]
}

function isOf(made: Made, files: readonly RuleFile[], dataFiles: DataFiles): boolean {
  return made.files.length === files.length && made.files.every(({ name, text }, at) => files[at]!.name === name && files[at]!.text === text)
    && made.data.every(({ name, besides, text }) => dataFiles(name, besides) === text)
}

function programOf({ rules, mode = 'block', paranoia, inboundThreshold, outboundThreshold }: FirewallSettings, { filesOf, dataFiles }: FirewallSource, programs: Map<string, Made>): Program {
  const key = JSON.stringify([rules, mode, paranoia, inboundThreshold, outboundThreshold])
  const files = rules.flatMap((pattern) => {
    const found = filesOf(pattern)
    if (found.length === 0) throw new RulesError([{ place: { file: pattern, line: 0 }, message: 'there is no such file' }])
    return found
  })
  const known = programs.get(key)
  if (known && isOf(known, files, dataFiles)) return known.program
  const data = new Map<string, DataFile>()
  const reading: DataFiles = (name, besides) => {
    const text = dataFiles(name, besides)
    data.set(`${besides} ${name}`, { name, besides, text })
    return text
  }
  const program = compileRules([settingsFile({ paranoia, inboundThreshold, outboundThreshold }), ...files], reading, mode === 'block' ? 'on' : 'detectiononly')
  programs.set(key, { program, files, data: [...data.values()] })
  return program
}

const SETTINGS_ID = 890_000

/** Plain settings as the variables that the Core Rule Set reads. */
function settingsFile({ paranoia, inboundThreshold, outboundThreshold }: Pick<FirewallSettings, 'paranoia' | 'inboundThreshold' | 'outboundThreshold'>): RuleFile {
  const variables = Object.entries({ blocking_paranoia_level: paranoia, inbound_anomaly_score_threshold: inboundThreshold, outbound_anomaly_score_threshold: outboundThreshold }).filter(([, value]) => value !== undefined)
  const actions = variables.map(([name, value]) => `setvar:tx.${name}=${value}`)
  return { name: 'settings', text: actions.length === 0 ? '' : `SecAction "id:${SETTINGS_ID},phase:1,nolog,pass,${actions.join(',')}"` }
}

function firewall(program: Program, overrides: Overrides, audit: ((line: string) => void) | undefined): Firewall {
  return {
    begin: (request) => new Inspecting(program, request, overrides, audit),
    maxRequestBody: program.maxRequestBody, maxAnswerBody: program.maxResponseBody,
    preparations: program.rules.flatMap(({ links }) => links.flatMap(({ operator }) => operator?.prepare ?? [])),
    inspectsAnswers: program.phases[3].length + program.phases[4].length > 0,
  }
}

class Inspecting implements Inspected {
  readonly #inspection: Inspection
  readonly #request: InspectedRequest
  readonly #audit: ((line: string) => void) | undefined

  constructor(program: Program, request: InspectedRequest, overrides: Overrides, audit: ((line: string) => void) | undefined) {
    this.#inspection = new Inspection(program, request, overrides)
    this.#request = request
    this.#audit = audit
  }

  get wantsBody(): boolean {
    return this.#inspection.wantsBody
  }

  head(): Stop | undefined {
    return stopOf(this.#inspection.head())
  }

  body(body: string | undefined): Stop | undefined {
    return stopOf(this.#inspection.body(body))
  }

  wantsAnswerBody(contentType: string): boolean {
    return this.#inspection.wantsAnswerBody(contentType)
  }

  answer(answer: InspectedAnswer): Stop | undefined {
    return stopOf(this.#inspection.answer(answer))
  }

  end(about: EndOfInspection): string | undefined {
    const report = this.#inspection.end()
    const { id, client, method } = this.#request
    this.#audit?.(auditLine({ requestId: id, client, method, ...about }, report))
    return report.detected && stopOf(report.detected)?.reason
  }
}

function stopOf(interruption: Interruption | undefined): Stop | undefined {
  if (!interruption) return undefined
  const { disruption, rule, message } = interruption
  const kind = disruption.kind === 'allow' || disruption.kind === 'redirect' ? disruption.kind : 'deny'
  return { kind, status: disruption.status, to: disruption.to, reason: `${rule.id}${message === '' ? '' : ` ${message}`}` }
}
