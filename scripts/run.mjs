// Steps of the gates: each has a headed line, its own output and its time.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
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

const headed = (title) => console.log(`\n── ${title} ${'─'.repeat(Math.max(3, 76 - title.length))}`)

function ended(title, status, started) {
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  if (status) {
    console.error(`── ${title}: FAILED after ${seconds} s`)
    process.exit(status)
  }
  console.log(`── ${title}: ok, ${seconds} s`)
}

/** Runs one step under a headed line; ends the process when it fails. */
export async function step(title, work) {
  const started = performance.now()
  headed(title)
  ended(title, await work(), started)
}

/** Runs Node scripts at the same time, each as a step whose output is printed when it is over. */
export async function sideBySide(scripts) {
  await Promise.all(
    Object.entries(scripts).map(async ([title, [script, args = []]]) => {
      const started = performance.now()
      const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
      const output = []
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (portion) => output.push(portion))
      const [code] = await once(child, 'close')
      headed(title)
      process.stdout.write(Buffer.concat(output))
      ended(title, code ?? 1, started)
    }),
  )
}
