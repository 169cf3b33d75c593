// A few rules and requests, for tests of the engine.
import { compileRules, evaluate, type InspectedRequest, type Program, type Report } from '../../../src/waf/index.js'

export const compile = (text: string, data: Readonly<Record<string, string>> = {}): Program => compileRules([{ name: 'rules.conf', text }], (name) => data[name])

export type Asked = Partial<InspectedRequest> & { readonly body?: string }

export const request = ({ method = 'GET', target = '/', fields = [], ...others }: Asked = {}): InspectedRequest & { readonly body?: string } => ({
  method, target, protocol: 'HTTP/1.1', fields: ['Host', 'example.com', ...fields], client: '198.51.100.7', id: 'id-1', ...others,
})

export const run = (text: string, asked: Asked = {}, data: Readonly<Record<string, string>> = {}): Report => evaluate(compile(text, data), request(asked))

/** Ids of the rules that matched and are told. */
export const ids = (report: Report): number[] => report.matches.map(({ rule }) => rule.id)

export const form = (body: string): Asked => ({ method: 'POST', fields: ['Content-Type', 'application/x-www-form-urlencoded'], body })
