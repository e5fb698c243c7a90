import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CONSUMER, run } from './consumer.js'

const fromConsumer = createRequire(join(CONSUMER, 'package.json'))

describe('an installed project', () => {
  it.each(['smoke.cjs', 'smoke.mjs'])('verifies a credential (%s)', async (script) => {
    expect(await run(process.execPath, [script])).toEqual({ status: 0, output: 'user-1' })
  })

  it('needs no module that is ESM only when it uses require', async () => {
    const { status, output } = await run(process.execPath, ['--no-experimental-require-module', 'smoke.cjs'])
    expect({ status, output }).toEqual({ status: 0, output: 'user-1' })
  })

  it('passes its own Jest tests, which are CommonJS', async () => {
    const jest = join(fromConsumer.resolve('jest/package.json'), '../bin/jest.js')
    const { status, output } = await run(process.execPath, [jest, '--ci', '--config', 'jest/jest.config.cjs'])
    expect(status, output).toBe(0)
    expect(output).toMatch(/Tests: +2 passed, 2 total/)
  })

  it('gets nothing from npm but the libraries that the documentation names', () => {
    const manifest = JSON.parse(readFileSync(join(CONSUMER, 'node_modules/@dualauth/core/package.json'), 'utf8')) as {
      readonly dependencies?: Readonly<Record<string, string>>
    }
    expect(['jose', 'lru-cache', 'zod']).toEqual(expect.arrayContaining(Object.keys(manifest.dependencies ?? {})))
  })
})
