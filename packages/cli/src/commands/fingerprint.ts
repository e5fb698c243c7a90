import { secretFingerprint } from '@dualauth/core'
import type { Command } from 'commander'
import { CliError, EXIT } from '../exit.js'
import { sessionOf, type Parts, type Session } from '../session.js'
import { readAll } from '../terminal/read-all.js'

export function addFingerprint(program: Command, parts: Parts): void {
  program
    .command('fingerprint')
    .description(
      'Prints the fingerprint of the secret on standard input, for `doctor --compare` elsewhere: where the provider runs, for one. Needs no instance and no database.',
    )
    .argument('<verifier>', 'the name of the verifier that has the secret, which is part of the fingerprint')
    .action(async (verifier: string, _options: unknown, command: Command) =>
      fingerprint(sessionOf(command, parts), verifier),
    )
}

async function fingerprint({ terminal, out, err }: Session, verifier: string): Promise<void> {
  if (terminal.stdin.isTTY === true) err.line('Paste the secret, then press Enter and Ctrl-D.')
  const secret = (await readAll(terminal.stdin)).replace(/\r?\n$/, '')
  if (secret === '') throw new CliError(EXIT.usage, 'There is no secret on standard input.')
  out.json({ fingerprints: [{ verifier, index: 0, fingerprint: await secretFingerprint(secret, verifier) }] })
}
