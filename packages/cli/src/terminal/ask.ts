import type { Terminal } from './terminal.js'

/** Asks on a terminal; true if the answer is yes. */
export async function askYes({ stdin, stderr, interruption }: Terminal, question: string): Promise<boolean> {
  stderr.write(`${question} [y/N] `)
  const interrupted = interruption()
  const stopped = new Promise<''>((resolve) => {
    if (interrupted.aborted) resolve('')
    interrupted.addEventListener('abort', () => resolve(''), { once: true })
  })
  const answer = await Promise.race([firstLine(stdin), stopped])
  if (interrupted.aborted) stderr.write('\n')
  return /^y(?:es)?$/i.test(answer.trim())
}

async function firstLine(stdin: Terminal['stdin']): Promise<string> {
  let text = ''
  for await (const portion of stdin) {
    text += typeof portion === 'string' ? portion : new TextDecoder().decode(portion)
    if (text.includes('\n')) break
  }
  return text.split('\n', 1)[0] ?? ''
}
