import { expect, it, vi } from 'vitest'
import { embedded, openDatabase } from '../../src/index.js'

vi.mock(import('../../src/database/installed.js'), async (original) => {
  const { installed } = await original()
  const gone = () => Promise.reject(Object.assign(new Error('gone'), { code: 'ERR_MODULE_NOT_FOUND' }))
  return { installed: (name, owner, _load, missing) => installed(name, owner, gone, missing) }
})

it.each([undefined, ''])('no URL and no embedded database: the message names DATABASE_URL (%j)', async (url) => {
  await expect(openDatabase(url)).rejects.toMatchObject({
    code: 'configuration_invalid',
    message: expect.stringMatching(/^openDatabase\.url: .*DATABASE_URL.*@electric-sql\/pglite/) as string,
  })
})

it('a database that is asked for names the package that it needs, and no variable', async () => {
  for (const opened of [embedded(), openDatabase('file:./data')])
    await expect(opened).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: 'embedded: needs the package @electric-sql/pglite: install it',
    })
  await expect(openDatabase('postgres://127.0.0.1/app')).rejects.toThrowError('openDatabase: needs the package pg')
})
