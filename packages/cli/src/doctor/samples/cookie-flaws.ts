import { ok, problem, warning, type Finding } from '../finding.js'
import type { CookieFlaw } from './cookie-chunks.js'
import type { Sample } from './read-samples.js'

const COPY = 'Copy the whole field.'

/** The finding for a flaw. Shows the name in the configuration, and no value. */
export function flawOf({ label }: Sample, { kind, cookie, chunks, bytes }: CookieFlaw): Finding {
  const subject = `${label}, ${cookie}`
  const named = chunks.map((number) => `\`${cookie}.${number}\``).join(', ')
  const [is, comes] = chunks.length === 1 ? ['is', 'comes'] : ['are', 'come']
  switch (kind) {
    case 'missing':
      return problem(
        'cookie_chunks',
        subject,
        `It arrives in chunks, and ${named} ${is} missing, so the session cannot be read.`,
        `${COPY} If the browser sends no more, clear every \`${cookie}.N\` and sign in again. Chunks get lost where a handler clears only some of them, or where a browser reaches its limit of cookies.`,
      )
    case 'doubled':
      return problem(
        'cookie_chunks',
        subject,
        `It arrives in chunks, and ${named} ${comes} twice with different values, so it is ignored.`,
        'Write it with the same `domain` and `path` everywhere, and clear the other chunks.',
      )
    case 'unread':
      return problem(
        'cookie_chunks',
        subject,
        `It arrives in chunks (${named}), and its verifier does not join chunks.`,
        'Set `cookie: { chunks: true }` of its session, or `chunked: true` of its form. Without such an option, store less in the session.',
      )
    case 'beside':
      return warning(
        'cookie_chunks',
        subject,
        `It arrives whole and in chunks (${named}). The whole cookie is used, even if the chunks are newer.`,
        `When you write chunks, clear \`${cookie}\`; when you write \`${cookie}\`, clear the chunks.`,
      )
    case 'disorder':
      return ok('cookie_order', subject, 'Its chunks are out of order and are joined by number.')
    case 'too_large':
      return problem(
        'cookie_too_large',
        subject,
        `${chunks.length === 0 ? 'It' : named} has ${bytes} bytes with its name. Browsers silently drop cookies of more than 4096.`,
        'Write it in chunks (`cookie: { chunks: true }` of `workosSession` and `oidcSession`, the default), or store less in the session.',
      )
  }
}

/** The finding for chunks that can be joined, where the result cannot be opened. */
export function mayBeCut({ label, cookie }: Sample): Finding {
  return problem(
    'cookie_chunks',
    `${label}, ${String(cookie)}`,
    'It arrives in chunks, and the last ones may be missing: none is shorter than the first.',
    `${COPY} If the browser sends no more, clear every \`${String(cookie)}.N\` and sign in again.`,
  )
}
