import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase, describeWith, startPooler } from '@dualauth/servers'
import { describe, expect, it } from 'vitest'
import { embedded, installSchema, openDatabase, type Database } from '../../src/index.js'

const links = async ({ query }: Database) =>
  (await query('select count(*)::text as n from dualauth.identity_link', []))[0]

// The real `initdb`, in WebAssembly: seconds of work, and more on a busy machine.
const SLOW = { timeout: 60_000 }

describe('embedded', SLOW, () => {
  it('is a whole database with the schema of dualauth, in one line', async () => {
    const database = await embedded()
    expect(await links(database)).toEqual({ n: '0' })
    await database.close()
  })

  it('keeps what a folder holds', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'dualauth-embedded-'))
    const url = `file:${join(parent, 'data')}`
    const first = await openDatabase(url)
    await first.query(
      `insert into dualauth.identity_link (verifier, issuer, subject, account_id, how) values ('a', 'b', 'c', '1', 'admin')`,
      [],
    )
    await first.close()
    const second = await openDatabase(url)
    expect(await links(second)).toEqual({ n: '1' })
    await second.close()
    rmSync(parent, { recursive: true })
  })

  it('names a wrong option', async () => {
    await expect(embedded({ path: 'x' } as never)).rejects.toMatchObject({ code: 'configuration_invalid' })
    await expect(openDatabase('mysql://root:secret@localhost/app')).rejects.toThrowError(
      'openDatabase.url: must begin with postgres:// or file:',
    )
  })
})

/** One row is written in a transaction that is undone, another one beside it. */
async function writeBeside({ pool, query }: Database): Promise<unknown> {
  await pool.query('create table app_note (text text); create table app_other (text text)')
  const client = await pool.connect()
  await client.query('begin', [])
  await client.query('insert into app_note values ($1)', ['undone'])
  const beside = query('insert into app_note values ($1) returning text', ['kept'])
  await client.query('rollback', [])
  client.release()
  expect(await beside).toEqual([{ text: 'kept' }])
  expect((await pool.query('update app_note set text = $1', ['written'])).rowCount).toBe(1)
  return query('select text from app_note', [])
}

describe('the pool of an embedded database', SLOW, () => {
  it('keeps what is asked beside a transaction out of it', async () => {
    const database = await embedded()
    expect(await writeBeside(database)).toEqual([{ text: 'written' }])
    await database.close()
  })

  it('goes on after a statement that fails', async () => {
    const { pool, query, close } = await embedded()
    await expect(query('select nothing_there', [])).rejects.toMatchObject({ code: '42703' })
    await expect(pool.query('select nothing_there')).rejects.toMatchObject({ code: '42703' })
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await close()
  })
})

describeWith('PostgreSQL', 'openDatabase', () => {
  it('gives its pool for what takes one', async () => {
    const url = await createDatabase()
    const database = await openDatabase(url)
    expect(await writeBeside(database)).toEqual([{ text: 'written' }])
    await database.close()
  })

  it('connects to the server of a postgres:// URL and changes nothing there by itself', async () => {
    const url = await createDatabase()
    const database = await openDatabase(url)
    await expect(links(database)).rejects.toMatchObject({ code: '42P01' })
    await installSchema(database.query)
    expect(await links(database)).toEqual({ n: '0' })
    await database.close()
  })

  it('gives a statement up that waits for a lock, with nothing changed, and goes on', async () => {
    const url = await createDatabase()
    const database = await openDatabase(url, { statementTimeoutMs: 100 })
    await database.query('create table app_note (text text)', [])
    const holder = await database.pool.connect()
    await holder.query('begin', [])
    await holder.query('lock table app_note', [])
    await expect(database.query('insert into app_note values ($1)', ['late'])).rejects.toMatchObject({ code: '57014' })
    await holder.query('rollback', [])
    holder.release()
    expect(await database.query('select text from app_note', [])).toEqual([])
    await database.close()
  })

  it('limits statements by default, and leaves that to the server or the URL where it is asked to', async () => {
    const url = await createDatabase()
    const limitOf = async (asked: string, options = {}) => {
      const database = await openDatabase(asked, options)
      const [row] = await database.query('show statement_timeout', [])
      await database.close()
      return row?.['statement_timeout']
    }
    expect(await limitOf(url)).toBe('10s')
    expect(await limitOf(url, { statementTimeoutMs: 0 })).toBe('0')
    expect(await limitOf(`${url}?statement_timeout=3000`)).toBe('3s')
    expect(await limitOf(`${url}?application_name=a&statement_timeout=0&connect_timeout=3`)).toBe('0')
  })

  it('waits for a statement for as long as the URL grants it', async () => {
    const url = await createDatabase()
    const slow = async (granted: string) => {
      const database = await openDatabase(granted, { statementTimeoutMs: 1 })
      try {
        return await database.query('select pg_sleep(1.5)', [])
      } finally {
        await database.close()
      }
    }
    expect(await slow(`${url}?statement_timeout=5000`)).toHaveLength(1)
    await expect(slow(url)).rejects.toMatchObject({ code: '57014' })
  })

  it('sends a pooler nothing that it refuses where the URL asks for no limit', async () => {
    const url = await createDatabase()
    const pooler = await startPooler(url)
    const asked = async (through: string) => {
      const database = await openDatabase(through)
      try {
        return await database.query('select 1 as one', [])
      } finally {
        await database.close()
      }
    }
    await expect(asked(pooler.url)).rejects.toMatchObject({ code: '08P01' })
    expect(await asked(`${pooler.url}?statement_timeout=0`)).toEqual([{ one: 1 }])
    await pooler.close()
  })

  it('does not wait for a server that has stopped answering', async () => {
    const silent = createServer((socket) => {
      // Lets anybody in (AuthenticationOk, ReadyForQuery), and says nothing after that.
      socket.once('data', () => socket.write(Buffer.from('520000000800000000' + '5a0000000549', 'hex')))
      socket.on('error', () => {})
    })
    await new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo
    const database = await openDatabase(`postgres://tests@127.0.0.1:${port}/app`, { statementTimeoutMs: 50 })
    await expect(database.query('select 1', [])).rejects.toThrowError()
    await database.close()
    silent.close()
  })

  it('names a wrong limit', async () => {
    await expect(openDatabase('postgres://localhost/app', { statementTimeoutMs: -1 })).rejects.toMatchObject({
      code: 'configuration_invalid',
      message: expect.stringContaining('openDatabase.statementTimeoutMs') as string,
    })
  })
})
