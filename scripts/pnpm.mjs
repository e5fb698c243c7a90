#!/usr/bin/env node
// Runs pnpm on a machine that may have only Node and npm: a pnpm of the pinned major that is on
// PATH, else the pinned version through npx.
import { spawnSync } from 'node:child_process'
import { readFileSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

const windows = process.platform === 'win32'
const pinned = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  .packageManager.split('+')[0]
  .split('@')[1]

let prefix

/** The command line in front of pnpm's own arguments. */
export function pnpmCommand() {
  if (prefix) return prefix
  const found = spawnSync('pnpm', ['--version'], {
    cwd: root,
    encoding: 'utf8',
    shell: windows,
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 60_000,
    env: { ...process.env, COREPACK_ENABLE_DOWNLOAD_PROMPT: '0' },
  })
  const sameMajor = found.status === 0 && found.stdout.trim().split('.')[0] === pinned.split('.')[0]
  prefix = sameMajor ? ['pnpm'] : ['npx', '--yes', `pnpm@${pinned}`]
  return prefix
}

/** Runs pnpm in the repository root and returns its exit status. */
export function pnpm(args, options = {}) {
  const [command, ...before] = pnpmCommand()
  const result = spawnSync(command, [...before, ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: windows,
    ...options,
  })
  if (result.error) throw result.error
  return result.status ?? 1
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exit(pnpm(process.argv.slice(2), { stdio: 'inherit', cwd: process.cwd() }))
}
