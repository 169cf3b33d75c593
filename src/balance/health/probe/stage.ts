// Makes one probe of one target.
import { GatewayError } from '../../../errors.js'
import type { Answer, Ports, Server } from '../../../ports.js'
import type { Target } from '../../policy.js'
import type { ActiveSettings } from '../active.js'
import { type ExpectedAnswer, judgeAnswer, judgeProbeError, PASS, type ProbeVerdict } from '../probe-verdict.js'

/** What a probe does. */
export interface Probe extends ActiveSettings {
  readonly kind: 'http' | 'tcp' | 'grpc'
  readonly method: string
  readonly path: string
  /** Host field; the target's own when undefined. */
  readonly host: string | undefined
  readonly port: number | undefined
  readonly expected: ExpectedAnswer
  /** gRPC service to ask about; the server as a whole when empty. */
  readonly service: string
  readonly timeoutMs: number
}

const MAX_BODY_BYTES = 64 * 1024

/** Asks the target once. Never rejects, and takes no longer than the probe's timeout. */
export async function ask(target: Target, probe: Probe, { transport, clock }: Pick<Ports, 'transport' | 'clock'>, signal: AbortSignal): Promise<ProbeVerdict> {
  const { kind, method, path, host, service, expected, timeoutMs } = probe
  const timer = new AbortController()
  const limit = AbortSignal.any([signal, timer.signal])
  const over = new AbortController()
  void clock.sleep(timeoutMs, over.signal).then(() => timer.abort())
  const server = probe.port === undefined ? target : atPort(target, probe.port)
  try {
    if (kind !== 'http') {
      await transport.probe!({ server, kind, service, timeoutMs, signal: limit })
      return PASS
    }
    const limits = { connectMs: timeoutMs, headersMs: timeoutMs, idleMs: timeoutMs, upgradedIdleMs: timeoutMs }
    const fields = ['Host', host ?? target.authority, 'User-Agent', 'fetchgate', 'Accept', '*/*']
    const answer = await transport.send({ server, method, target: path, fields, body: undefined, upgrade: undefined, limits, signal: limit })
    return judgeAnswer({ status: answer.status, fields: answer.fields, body: await bodyText(answer, expected.bodyText !== undefined) }, expected)
  } catch (error) {
    if (timer.signal.aborted) return { kind: 'fail', reason: `no answer in ${timeoutMs} ms` }
    return error instanceof GatewayError ? judgeProbeError(error) : { kind: 'void', reason: String(error) }
  } finally {
    over.abort()
  }
}

function atPort(server: Server, port: number): Server {
  return { ...server, origin: `${server.origin.replace(/:\d+$/, '')}:${port}`, port }
}

/** As much of the body as is looked at; the connection can be used again where the body ends within it. */
async function bodyText({ body }: Answer, wanted: boolean): Promise<string> {
  if (!body) return ''
  const reader = body.stream().getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (let bytes = 0; bytes < MAX_BODY_BYTES; ) {
    const { done, value } = await reader.read()
    if (done) return text
    bytes += value.byteLength
    if (wanted) text += decoder.decode(value, { stream: true })
  }
  await reader.cancel()
  return text
}
