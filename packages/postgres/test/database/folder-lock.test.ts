import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { embedded } from '../../src/index.js'
import { lockFolder } from '../../src/database/folder-lock.js'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'dualauth-lock-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const heldBy = (pid: number, startedAt = 0): void =>
  writeFileSync(join(folder, 'dualauth.lock'), JSON.stringify({ pid, startedAt }))

it('refuses a folder that another process has open, and takes it over when that is gone', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  heldBy(child.pid!)
  await expect(lockFolder(folder)).rejects.toMatchObject({
    code: 'EBUSY',
    message: expect.stringContaining(String(child.pid)) as unknown,
  })
  child.kill()
  await once(child, 'exit')
  const unlock = await lockFolder(folder)
  await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'EBUSY' })
  await unlock()
  expect(readdirSync(folder)).toEqual([])
})

it('takes over the lock of an earlier process with its own number, as containers give it again', async () => {
  heldBy(process.pid, Date.now() - process.uptime() * 1000 - 60_000)
  await (
    await lockFolder(folder)
  )()
})

it('lets a lock alone that is just being written', async () => {
  writeFileSync(join(folder, 'dualauth.lock'), '')
  await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'EBUSY' })
})

it('does not give back what somebody else has taken', async () => {
  const unlock = await lockFolder(folder)
  heldBy(process.ppid)
  await unlock()
  expect(readdirSync(folder)).toEqual(['dualauth.lock'])
})

it('lets one of several at once have a folder', async () => {
  const locked = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)))
  expect(locked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

it('is held by an embedded database until it is closed', async () => {
  const at = join(folder, 'data')
  const database = await embedded({ folder: at })
  await expect(embedded({ folder: at })).rejects.toMatchObject({ code: 'EBUSY' })
  await database.close()
  await (await embedded({ folder: at })).close()
}, 60_000)
