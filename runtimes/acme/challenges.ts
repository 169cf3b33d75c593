// Answers challenges over plain HTTP (RFC 8555 §8.3), ahead of everything else that a listener does.
import { type Answer, BytesPayload } from '../../src/adapter.js'
import type { Gateway } from '../../src/index.js'
import type { OwnAnswers } from '../shared/own-answers.js'
import type { Storage } from './storage.js'

const PREFIX = '/.well-known/acme-challenge/'

/** A gateway that answers challenges that were posed to it. All others are requests like any. */
export function answering(gateway: Gateway, storages: readonly Storage[], own: OwnAnswers): Gateway {
  return {
    ...gateway,
    handle: (request, info) => {
      const answer = request.target.startsWith(PREFIX) && request.method === 'GET' ? challengeAnswer(request.target.slice(PREFIX.length), storages) : undefined
      return answer ? Promise.resolve(own.give(request, info.peer, answer)) : gateway.handle(request, info)
    },
  }
}

function challengeAnswer(token: string, storages: readonly Storage[]): Answer | undefined {
  // By its form, which no file but that of a token has: those of names end in ".tls".
  if (!/^[\w-]{16,200}$/.test(token)) return undefined
  for (const storage of storages) {
    const text = storage.posed(token)
    if (text === undefined) continue
    const bytes = new TextEncoder().encode(text)
    return { status: 200, fields: ['Content-Type', 'application/octet-stream', 'Content-Length', String(bytes.byteLength), 'Cache-Control', 'no-store'], body: new BytesPayload(bytes), close: true }
  }
  return undefined
}
