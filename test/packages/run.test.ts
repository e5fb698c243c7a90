import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CONSUMER, PACKAGES, ROOT, run } from './consumer.js'

const fromConsumer = createRequire(join(CONSUMER, 'package.json'))

describe('an installed project', () => {
  it.each(['smoke.cjs', 'smoke.mjs'])('verifies a credential (%s)', async (script) => {
    expect(await run(process.execPath, [script])).toEqual({ status: 0, output: 'user-1' })
  })

  it('needs no module that is ESM only when it uses require', async () => {
    const { status, output } = await run(process.execPath, ['--no-experimental-require-module', 'smoke.cjs'])
    expect({ status, output }).toEqual({ status: 0, output: 'user-1' })
  })

  // Jest 27 reads no "exports", Jest 28 no "imports".
  it.each(['jest', 'jest28', 'jest27'])('passes its own tests in %s, which are CommonJS', async (name) => {
    const jest = join(fromConsumer.resolve(`${name}/package.json`), '../bin/jest.js')
    const { status, output } = await run(process.execPath, [jest, '--ci', '--config', 'jest/jest.config.cjs'])
    expect(status, output).toBe(0)
    expect(output).toMatch(/Tests: +2 passed, 2 total/)
  })

  it('has the command dualauth, by npx too', async () => {
    const { version } = JSON.parse(readFileSync(join(CONSUMER, 'node_modules/@dualauth/cli/package.json'), 'utf8')) as {
      version: string
    }
    expect(await run('npx', ['--no-install', 'dualauth', '--version'])).toEqual({ status: 0, output: version })
    const { status, output } = await run(join(CONSUMER, 'node_modules/.bin/dualauth'), ['schema'])
    expect({ status, output }).toEqual({ status: 0, output: expect.stringContaining('create table') })
  })

  it.each(PACKAGES)('gets from npm with $name only the libraries that SECURITY.md names', ({ name }) => {
    const manifest = readFileSync(join(CONSUMER, 'node_modules', name, 'package.json'), 'utf8')
    const { dependencies = {} } = JSON.parse(manifest) as { dependencies?: Record<string, string> }
    const security = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8')
    const table = [...security.matchAll(/^\| `([\w-]+)` +\|/gm)].map(([, library]) => library)
    expect(table).toContain('zod')
    expect(table).toEqual(expect.arrayContaining(Object.keys(dependencies)))
    for (const script of ['preinstall', 'install', 'postinstall']) expect(manifest).not.toContain(`"${script}"`)
  })
})
