import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadModule, reasonOf } from '../src/read/auth-module.js'

describe('a module that awaits what does not answer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dualauth-module-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  it('is not waited for longer than it is given', async () => {
    writeFileSync(join(folder, 'auth.mjs'), 'await new Promise(() => {})\nexport const auth = {}')
    const loaded = await loadModule({ auth: 'auth.mjs', export: 'auth' }, folder, 50)
    expect(loaded.ok || reasonOf(loaded.thrown)).toMatch(/has not ended loading.*`connect` of a Redis client/)
  })
})
