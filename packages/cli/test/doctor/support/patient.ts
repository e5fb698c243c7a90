import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { buildModule, type Ended, type RunOptions } from '../../support/cli.js'
import { runHere } from '../../support/in-process.js'

/** What the command says of one finding. */
export interface Said {
  readonly severity: 'problem' | 'warning' | 'ok'
  readonly code: string
  readonly subject: string | null
  readonly seen: string
  readonly mend: string | null
}

/** One run of the doctor on an application. */
export interface Examination extends Ended {
  readonly findings: readonly Said[]
  /** Codes of what is not all right. */
  readonly codes: readonly string[]
}

/** An application, and what is given to the doctor beside it. */
export interface Patient {
  /** The options of `createDualAuth`, as text; `values` are its variables. */
  readonly options: string
  /** Statements in front, beside the import of all that core exports as `core`. */
  readonly before?: string
  readonly values?: Readonly<Record<string, unknown>>
  readonly samples?: readonly string[]
  readonly args?: readonly string[]
  readonly env?: RunOptions['env']
  /** What must not stand in the output. */
  readonly secrets?: readonly string[]
}

/** Makes modules of applications in a folder of their own, and examines them. */
export function createPractice(): {
  examine(patient: Patient): Promise<Examination>
  file(name: string, text: string): string
} {
  const folder = mkdtempSync(join(tmpdir(), 'dualauth-doctor-'))
  // Once for all: an application is small beside it.
  beforeAll(async () => void (await buildModule(`export * from '@dualauth/core'`, join(folder, 'core.mjs'))))
  beforeAll(async () => void (await buildModule(`export * from '@dualauth/redis'`, join(folder, 'redis.mjs'))))
  beforeAll(async () => void (await buildModule(`export * from '@dualauth/postgres'`, join(folder, 'postgres.mjs'))))
  afterAll(() => rmSync(folder, { recursive: true }))
  let count = 0
  const file = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  return {
    file,
    async examine({ options, before = '', values = {}, samples = [], args = [], env = {}, secrets = [] }) {
      const application = `import * as core from './core.mjs'
        const { ${Object.keys(values).join(', ')} } = ${JSON.stringify(values)}
        const { createDualAuth, legacyJwt, betterAuth, betterAuthTokens, oidc, keySetAt, sqlSessions, httpSessions, redisSessions } = core
        ${before}
        export const auth = createDualAuth({ link: ({ subject }) => ({ id: subject }), ...(${options}) })`
      // Each run closes its instance, and a module is loaded once.
      const examine = (more: readonly string[]) =>
        runHere(['doctor', '--auth', file(`auth-${count++}.mjs`, application), ...given, ...args, ...more], { env })
      const given = samples.length === 0 ? [] : ['--samples', file(`samples-${count}.txt`, samples.join('\n'))]
      const plain = await examine([])
      const { code, out, err } = await examine(['--json'])
      for (const secret of [...secrets, ...samples.flatMap(partsOf)])
        if ([plain.out, plain.err, out, err].some((text) => text.includes(secret)))
          throw new Error('a secret or a credential stands in the output')
      if (plain.code !== code)
        throw new Error(`${String(plain.code)} is not ${String(code)} with --json: ${plain.err}${err}`)
      const { findings } = (out === '' ? { findings: [] } : JSON.parse(out)) as { findings: readonly Said[] }
      const codes = findings.filter(({ severity }) => severity !== 'ok').map((one) => one.code)
      return { code, out: plain.out, err: plain.err + err, findings, codes }
    },
  }
}

/** What of a header field is a credential: long words, and the parts of tokens. */
function partsOf(sample: string): readonly string[] {
  return sample.split(/[\s;=.:]+/).filter((word) => word.length >= 16)
}
