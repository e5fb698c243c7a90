import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Group } from '../group.js'
import type { Row } from '../row.js'
import { rotated } from '../turns.js'

const BENCH = fileURLToPath(new URL('../', import.meta.url))
/** The libraries that core depends on, as it imports them. */
const LIMIT = ['jose', 'lru-cache', 'zod/mini']
/** Of the repository as it lies there: this file runs from bench/dist. */
const PACKAGES = new URL('../../scripts/packages.mjs', import.meta.url).href

/** What one process imports, and the folder from which it finds that. */
interface Import {
  readonly modules: readonly string[]
  readonly from: string
}

/** What an application imports: core alone, and beside each adapter, which finds itself from its own folder. */
async function ours(): Promise<readonly Import[]> {
  const { adapters } = (await import(PACKAGES)) as typeof import('../../../scripts/packages.mjs')
  const beside = adapters().map(({ name, path }): Import => ({ modules: ['@dualauth/core', name], from: path }))
  return [{ modules: ['@dualauth/core'], from: BENCH }, ...beside]
}

/** `import()` in a new process each time, as installed, measured inside of it. */
export const coldImport: Group = {
  name: 'cold-import',
  title: 'Cold import',
  async measure({ quick }) {
    const imports = new Map<string, Import>([['limit', { modules: LIMIT, from: BENCH }]])
    for (const one of await ours()) imports.set(one.modules.join(' and '), one)
    const names = [...imports.keys()]
    const samples: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]))
    for (let round = 0; round < (quick ? 2 : 15); round++) {
      for (const name of rotated(names, round))
        (samples[name] as number[]).push(await importMs(imports.get(name) as Import))
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

async function importMs({ modules, from }: Import): Promise<number> {
  const imports = modules.map((name) => `await import('${name}')`).join('; ')
  const script = `const start = performance.now(); ${imports}; console.log(performance.now() - start)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd: from })
  return Number(stdout)
}
