import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createImport, fileTarget, type Source } from '../../src/index.js'
import { describePglite } from '../support/database.js'
import { listSource, somePeople } from '../support/list-source.js'

describePglite('an import into a folder', ({ query }) => {
  let folder: string
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'dualauth-import-'))))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const moving = (source: Source = listSource({ people: somePeople(3) })) =>
    createImport({ query, source, target: fileTarget({ folder: join(folder, 'out'), name: 'file:out' }) })
  const lock = () => join(folder, 'out', 'dualauth.lock')

  it('refuses another one while it is under way, and lets the next one in', async () => {
    let begin = (): void => {}
    let end = (): void => {}
    const begun = new Promise<void>((resolve) => (begin = resolve))
    const mayEnd = new Promise<void>((resolve) => (end = resolve))
    const first = moving({
      name: 'slow',
      async *people() {
        begin()
        await mayEnd
        yield* somePeople(3)
      },
    }).run()
    await begun
    for (const second of [() => moving().run(), () => moving().rollback()])
      await expect(second()).rejects.toMatchObject({
        kind: 'fatal',
        code: 'folder_in_use',
        cause: { message: expect.stringContaining(`the process ${process.pid}`) },
      })
    // Neither writes there.
    expect((await moving().plan()).counts.person.read).toBe(3)
    end()
    expect((await first).counts.person).toMatchObject({ created: 3 })
    expect(existsSync(lock())).toBe(false)
    expect((await moving().run()).counts.person).toMatchObject({ unchanged: 3 })
  })

  it('lets go of the folder when it fails', async () => {
    const failing: Source = {
      name: 'failing',
      async *people() {
        yield* somePeople(1)
        throw new Error('the source is gone')
      },
    }
    await expect(moving(failing).run()).rejects.toThrow('the source is gone')
    expect(existsSync(lock())).toBe(false)
  })

  it('takes over from a process that was killed', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    mkdirSync(join(folder, 'out'))
    writeFileSync(lock(), JSON.stringify({ pid: child.pid, startedAt: Date.now() }))
    await expect(moving().run()).rejects.toMatchObject({ code: 'folder_in_use' })
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect((await moving().run()).counts.person).toMatchObject({ created: 3 })
  })
})
