import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Group } from '../group.js'
import type { Row } from '../row.js'
import { rotated } from '../turns.js'

const BENCH = fileURLToPath(new URL('../', import.meta.url))
const LIMIT = ['jose', 'lru-cache']
const ADAPTERS = ['@dualauth/express', '@dualauth/hono', '@dualauth/fastify'] as const

/** `import()` in a new process each time, as installed, measured inside of it. */
export const coldImport: Group = {
  name: 'cold-import',
  title: 'Cold import',
  async measure({ quick }) {
    const imports: Record<string, readonly string[]> = { limit: LIMIT }
    for (const adapter of ADAPTERS) imports[adapter] = ['@dualauth/core', adapter]
    const names = Object.keys(imports)
    const samples: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]))
    for (let round = 0; round < (quick ? 2 : 15); round++) {
      for (const name of rotated(names, round))
        (samples[name] as number[]).push(await importMs(imports[name] as readonly string[]))
    }
    return ADAPTERS.map((adapter): Row => ({
      what: `@dualauth/core and ${adapter}`,
      unit: 'ms',
      limitName: LIMIT.join(' + '),
      series: { ours: samples[adapter] as number[], limit: samples['limit'] as number[] },
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
