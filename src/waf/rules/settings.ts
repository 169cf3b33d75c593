// The settings of rule files: which there are, and what those of bodies say.
import { Unreadable } from '../seclang/fault.js'
import type { Program } from './program.js'

const USED = [
  'SecRuleEngine', 'SecRequestBodyAccess', 'SecRequestBodyLimit', 'SecRequestBodyLimitAction', 'SecResponseBodyAccess', 'SecResponseBodyLimit', 'SecResponseBodyLimitAction', 'SecResponseBodyMimeType',
  'SecArgumentSeparator', 'SecArgumentsLimit',
]
/** Of logs, folders and engines that are others' here. */
const WITHOUT_EFFECT = [
  'SecAuditEngine', 'SecAuditLog', 'SecAuditLogFormat', 'SecAuditLogParts', 'SecAuditLogRelevantStatus', 'SecAuditLogStorageDir', 'SecAuditLogType', 'SecCollectionTimeout', 'SecComponentSignature', 'SecCookieFormat',
  'SecDataDir', 'SecDebugLog', 'SecDebugLogLevel', 'SecPcreMatchLimit', 'SecPcreMatchLimitRecursion', 'SecRequestBodyInMemoryLimit', 'SecRequestBodyNoFilesLimit', 'SecRequestBodyJsonDepthLimit',
  'SecServerSignature', 'SecStatusEngine', 'SecTmpDir', 'SecUnicodeMapFile', 'SecUploadDir', 'SecUploadFileLimit', 'SecUploadFileMode', 'SecUploadKeepFiles', 'SecWebAppId',
]
const KNOWN: ReadonlySet<string> = new Set([...USED, ...WITHOUT_EFFECT].map((name) => name.toLowerCase()))

/** Throws `Unreadable` for a setting that is not known, or a value that cannot be honoured. */
export function checkSetting(name: string, value: string): void {
  if (!KNOWN.has(name)) throw new Unreadable(`${name} is no directive that is known; settings are ${USED.join(', ')}`)
  if (name === 'secrequestbodylimitaction' && value.toLowerCase() !== 'reject') throw new Unreadable('SecRequestBodyLimitAction takes Reject only: a body that is partly looked at hides an attack behind its limit')
  if (/^sec(?:request|response)bodylimit$|^secargumentslimit$/.test(name) && !/^\d+$/.test(value)) throw new Unreadable(`${name} takes a number, and not "${value}"`)
}

/** What `SecRequestBody…` and `SecResponseBody…` say of bodies, or what Coraza's recommended configuration does. */
export function bodySettings(settings: ReadonlyMap<string, string>): Pick<Program, 'argumentSeparator' | 'limits' | 'maxRequestBody' | 'maxResponseBody' | 'requestBodies' | 'responseBodies'> {
  const isOn = (name: string, byDefault: string): boolean => (settings.get(name) ?? byDefault).toLowerCase() === 'on'
  const number = (name: string, byDefault: number): number => Number(settings.get(name) ?? byDefault)
  const types = isOn('secresponsebodyaccess', 'Off') ? (settings.get('secresponsebodymimetype') ?? 'text/plain text/html text/xml').toLowerCase().split(/\s+/) : []
  return {
    argumentSeparator: settings.get('secargumentseparator') ?? '&', limits: { depth: 64, fields: number('secargumentslimit', 1000) },
    requestBodies: isOn('secrequestbodyaccess', 'On'), maxRequestBody: number('secrequestbodylimit', 13_107_200),
    responseBodies: new Set(types), maxResponseBody: number('secresponsebodylimit', 524_288),
  }
}
