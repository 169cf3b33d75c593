// Reads a text from a file or a web server, for what is looked at again and again between requests.
import { open } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const DEFAULT_MAX_BYTES = 1024 ** 2
const TIMEOUT_MS = 10_000

/** Implements the `read` port on Node, Bun and Deno. */
export async function readText(url: string, signal: AbortSignal, maxBytes: number = DEFAULT_MAX_BYTES): Promise<string> {
  const text = url.startsWith('file:') ? await readFileText(fileURLToPath(url), maxBytes) : await fetchText(url, AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]), maxBytes)
  if (text === undefined) throw new Error(`${url} is larger than ${maxBytes} bytes`)
  return text
}

async function readFileText(path: string, maxBytes: number): Promise<string | undefined> {
  const file = await open(path)
  try {
    if ((await file.stat()).size > maxBytes) return undefined
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

async function fetchText(url: string, signal: AbortSignal, maxBytes: number): Promise<string | undefined> {
  const response = await fetch(url, { signal })
  if (!response.ok) {
    await response.body?.cancel()
    throw new Error(`${url} answered ${response.status}`)
  }
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  const reader = response.body?.getReader()
  for (let read = await reader?.read(); read?.value; read = await reader?.read()) {
    const piece = read.value
    bytes += piece.byteLength
    if (bytes > maxBytes) return undefined
    text += decoder.decode(piece, { stream: true })
  }
  return text + decoder.decode()
}
