// Steps of the gates: each has a headed line, its own output and its time.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './pnpm.mjs'

/** The script behind a tool's command, so that it runs under this very Node and without a shell. */
export function tool(name, command = name) {
  const require = createRequire(join(root, 'package.json'))
  const search = require.resolve.paths(name).map((folder) => join(folder, name, 'package.json'))
  for (const manifest of search) {
    try {
      const { bin } = JSON.parse(readFileSync(manifest, 'utf8'))
      return join(dirname(manifest), typeof bin === 'string' ? bin : bin[command])
    } catch (error) {
      if (error.code !== 'ENOENT') throw error
    }
  }
  throw new Error(`${name} is not installed: run \`npm run bootstrap\``)
}

/** Runs a Node script in the repository root; resolves to its exit status. */
export function node(script, args = [], options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      ...options,
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? (signal ? 1 : 0)))
  })
}

/** Runs one step under a headed line; ends the process when it fails. */
export async function step(title, work) {
  const started = performance.now()
  console.log(`\n── ${title} ${'─'.repeat(Math.max(3, 76 - title.length))}`)
  const status = await work()
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  if (status) {
    console.error(`── ${title}: FAILED after ${seconds} s`)
    process.exit(status)
  }
  console.log(`── ${title}: ok, ${seconds} s`)
}
