// Reads a password: from a pipe, or from the keyboard without showing it. Never from arguments, which other processes can see.
import type { ReadStream } from 'node:tty'

/** There is no password to be had. */
export class SecretInputError extends Error {}

const MAX_CHARACTERS = 4096

/** What keys make of a line: the text so far, whether it is finished, or given up. */
export interface Line {
  readonly text: string
  readonly end: 'no' | 'done' | 'given-up'
}

/** The line after some more keys: Enter ends it, Backspace and Ctrl-U take away, Ctrl-C and Ctrl-D give up; other control keys do nothing. */
export function typed({ text }: Line, keys: string): Line {
  let line = text
  for (const key of keys) {
    if (key === '\r' || key === '\n') return { text: line, end: 'done' }
    if (key === '\u0003' || key === '\u0004') return { text: line, end: 'given-up' }
    if (key === '\u007f' || key === '\b') line = [...line].slice(0, -1).join('')
    else if (key === '\u0015') line = ''
    else if (key >= ' ' && line.length < MAX_CHARACTERS) line += key
  }
  return { text: line, end: 'no' }
}

/** The password, without the line end that follows it. */
export async function readSecret(input: ReadStream, prompts: { write(text: string): unknown }): Promise<string> {
  if (!input.isTTY) return await readPipe(input)
  const first = await ask(input, prompts, 'Password: ')
  if (first !== (await ask(input, prompts, 'Again: '))) throw new SecretInputError('the two are not the same')
  return first
}

async function readPipe(input: AsyncIterable<Uint8Array | string>): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  try {
    for await (const piece of input) {
      text += typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true })
      if (text.length > MAX_CHARACTERS) throw new SecretInputError(`a password has at most ${MAX_CHARACTERS} characters`)
    }
    text += decoder.decode()
  } catch (error) {
    throw error instanceof SecretInputError ? error : new SecretInputError('the password is not UTF-8')
  }
  return text.replace(/\r?\n$/, '')
}

function ask(input: ReadStream, prompts: { write(text: string): unknown }, prompt: string): Promise<string> {
  prompts.write(prompt)
  input.setRawMode(true)
  const decoder = new TextDecoder()
  return new Promise((resolve, reject) => {
    let line: Line = { text: '', end: 'no' }
    const take = (piece: Uint8Array): void => {
      line = typed(line, decoder.decode(piece, { stream: true }))
      if (line.end === 'no') return
      input.off('data', take)
      input.pause()
      input.setRawMode(false)
      prompts.write('\n')
      if (line.end === 'done') resolve(line.text)
      else reject(new SecretInputError('nothing was entered'))
    }
    input.on('data', take)
    input.resume()
  })
}
