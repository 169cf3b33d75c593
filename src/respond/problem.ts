// An error as the client sees it: a problem document (RFC 9457), or a small page for a browser.
import { ERRORS, type GatewayError } from '../errors.js'
import { type Fields, combinedValue } from '../http/fields.js'
import { BytesPayload } from '../http/payload.js'
import type { Answer } from '../ports.js'

/** The answer to a request that failed. It names the error, never the origin. */
export function problemAnswer(error: GatewayError, id: string, request: { readonly method: string; readonly fields: Fields }): Answer {
  const { status, title, detail, code, side, retryAfterSeconds } = error
  const html = prefersHtml(request.fields)
  const body = new TextEncoder().encode(html ? page(status, title, detail, id) : document(status, title, detail, code, id))
  const fields = [
    'Content-Type', html ? 'text/html; charset=utf-8' : 'application/problem+json',
    'Content-Length', String(body.byteLength),
    'Cache-Control', 'no-store',
  ]
  // RFC 9209 is for what went wrong on the way, not for what was wrong with the request.
  if (side !== 'client') fields.push('Proxy-Status', `fetchgate; error=${code}`)
  if (retryAfterSeconds !== undefined) fields.push('Retry-After', String(retryAfterSeconds))
  if (html) fields.push('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'")
  const close = ERRORS[code].status === 400 || ERRORS[code].status === 408
  return { status, fields, body: request.method === 'HEAD' ? undefined : new BytesPayload(body), ...(close ? { close } : {}) }
}

function document(status: number, title: string, detail: string | undefined, code: string, id: string): string {
  return `${JSON.stringify({ type: 'about:blank', title, status, ...(detail === undefined ? {} : { detail }), code, instance: `urn:request:${id}` })}\n`
}

function page(status: number, title: string, detail: string | undefined, id: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${status} ${escapeHtml(title)}</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem}h1{font-size:1.4rem}code,small{opacity:.7}</style>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(detail ?? 'Please try again later.')}</p>
<p><small>${status} · request <code>${escapeHtml(id)}</code></small></p>
</html>
`
}

/** Browsers put text/html first when they navigate; APIs and tools do not. */
function prefersHtml(fields: Fields): boolean {
  return /^\s*(text\/html|application\/xhtml\+xml)\b/i.test(combinedValue(fields, 'accept') ?? '')
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}
