import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Group } from '../group.js'
import type { Row } from '../row.js'
import { rotated } from '../turns.js'

const BENCH = fileURLToPath(new URL('../', import.meta.url))
/** The libraries that core depends on, as it imports them. */
const LIMIT = ['jose', 'lru-cache', 'zod/mini']
/** What an application imports: core alone, and beside an adapter. */
const OURS = [
  ['@dualauth/core'],
  ['@dualauth/core', '@dualauth/express'],
  ['@dualauth/core', '@dualauth/hono'],
  ['@dualauth/core', '@dualauth/fastify'],
] as const

/** `import()` in a new process each time, as installed, measured inside of it. */
export const coldImport: Group = {
  name: 'cold-import',
  title: 'Cold import',
  async measure({ quick }) {
    const imports = new Map<string, readonly string[]>([['limit', LIMIT]])
    for (const modules of OURS) imports.set(modules.join(' and '), modules)
    const names = [...imports.keys()]
    const samples: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]))
    for (let round = 0; round < (quick ? 2 : 15); round++) {
      for (const name of rotated(names, round))
        (samples[name] as number[]).push(await importMs(imports.get(name) as readonly string[]))
    }
    return names.slice(1).map((name): Row => ({
      what: name,
      unit: 'ms',
      limitName: LIMIT.join(' + '),
      series: { ours: samples[name] as number[], limit: samples['limit'] as number[] },
      target: { figure: 'ours / limit', atMost: 1.3 },
    }))
  },
}

async function importMs(modules: readonly string[]): Promise<number> {
  const imports = modules.map((name) => `await import('${name}')`).join('; ')
  const script = `const from = performance.now(); ${imports}; console.log(performance.now() - from)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd: BENCH })
  return Number(stdout)
}
