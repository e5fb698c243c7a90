import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { programOf } from '@dualauth/servers'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { describeCli } from './support/world.js'

const BECAUSE = '--reason because --actor alice --yes --force'
const DAY = 86_400_000
const WHAT = '--table app.accounts --column app.users.password_hash app.users.failed_logins --window-days 3'

describeCli('dualauth cleanup', (world) => {
  let cwd: string
  beforeEach(async () => {
    cwd = mkdtempSync(join(tmpdir(), 'dualauth-cli-'))
    await world.database.pool.query(`
      drop schema if exists app cascade;
      create schema app;
      create table app.users (id text primary key, password_hash text not null, failed_logins int not null default 0);
      create table app.accounts (id text primary key, user_id text references app.users (id));
      insert into app.users values ('u-1', 'hash');
      insert into app.accounts values ('a-1', 'u-1')`)
  })
  afterEach(() => rmSync(cwd, { recursive: true }))
  const psql = (sql: string) =>
    spawnSync(programOf('psql'), ['--no-psqlrc', '--quiet', '--file=-', world.url], {
      cwd,
      input: sql,
      encoding: 'utf8',
    })
  const columns = async () =>
    (
      await world.database.query(
        `select column_name as c from information_schema.columns where table_schema = 'app' and table_name = 'users'`,
        [],
      )
    )
      .map((row) => String(row['c']))
      .toSorted()

  it('prints a script that psql refuses while people use the old side, and runs when they do not', async () => {
    await world.does(`stage set retired ${BECAUSE}`)
    await world.see([{ user: 'u-1' }, { user: 'u-2', side: 'new' }], { firstAt: Date.now() - 5 * DAY, version: 1 })
    const before = await columns()
    const { code, out } = await world.dualauth(`cleanup --sql ${WHAT}`, { cwd })
    expect(code).toBe(0)
    expect(await columns()).toEqual(before)
    expect(psql(out)).toMatchObject({ status: 3, stderr: expect.stringContaining('1 people were accepted') as string })
    expect(await columns()).toEqual(before)
    await world.database.query('delete from dualauth.evidence where migration = $1 and side = $2', [
      world.migration,
      'old',
    ])
    expect(psql(out)).toMatchObject({ status: 0, stderr: '' })
    expect(await columns()).toEqual(['id', 'zz_retired_failed_logins', 'zz_retired_password_hash'])
    expect(await world.dualauth(`cleanup --sql ${WHAT}`, { cwd })).toMatchObject({
      code: 1,
      err: expect.stringContaining('--sql drop'),
    })
    const back = await world.dualauth(`cleanup --sql rename-undo ${WHAT}`, { cwd })
    expect(psql(back.out)).toMatchObject({ status: 0, stderr: '' })
    expect(await columns()).toEqual(before)
  })

  it('writes all scripts beside each other, with what to remove elsewhere, and overwrites none', async () => {
    await world.see([{ user: 'u-1' }])
    writeFileSync(
      join(cwd, 'package.json'),
      JSON.stringify({ dependencies: { bcrypt: '5', express: '5', jsonwebtoken: '9' } }),
    )
    writeFileSync(join(cwd, '.env.example'), 'PORT=1\nexport JWT_SECRET=hunter2\nDATABASE_URL=x\n')
    expect(await world.process(`cleanup --out cleanup ${WHAT}`, { cwd })).toMatchObject({ code: 0, err: '' })
    const folder = join(cwd, 'cleanup')
    expect(readdirSync(folder)).toEqual([
      '1-rename-undo.sql',
      '1-rename.sql',
      '2-drop-undo.sql',
      '2-drop.sql',
      'checklist.md',
    ])
    const checklist = readFileSync(join(folder, 'checklist.md'), 'utf8')
    expect(checklist).toContain('In package.json, look at bcrypt, jsonwebtoken.')
    expect(checklist).toContain('look at JWT_SECRET.')
    expect(checklist).toContain('legacy')
    expect(checklist).not.toContain('hunter2')
    expect(await world.dualauth(`cleanup --out cleanup ${WHAT}`, { cwd })).toMatchObject({
      code: 1,
      err: expect.stringContaining('already'),
    })
  })

  it.each([
    ['cleanup --table app.accounts', 'Say where the scripts go'],
    ['cleanup --sql', 'needs tables or columns'],
    ['cleanup --sql dorp --table app.accounts', 'one of rename'],
    ['cleanup --sql --table app.acounts', 'there is no table'],
    ['cleanup --sql --column app.users.id', 'part of the primary key'],
  ])('says what is wrong with `%s`', async (args, words) => {
    expect(await world.dualauth(args, { cwd })).toMatchObject({
      code: 64,
      out: '',
      err: expect.stringContaining(words),
    })
  })

  it('prints the SQL that lets columns stay empty, and the way back', async () => {
    const { out } = await world.dualauth('schema --expand app.users.password_hash app.accounts.user_id', { cwd })
    expect(out).not.toContain('user_id')
    expect(psql(out)).toMatchObject({ status: 0, stderr: '' })
    const back = await world.dualauth('schema --expand app.users.password_hash --undo', { cwd })
    await world.database.query(`insert into app.users (id) values ('u-2')`, [])
    await world.database.query(`delete from app.users where id = 'u-2'`, [])
    expect(psql(back.out)).toMatchObject({ status: 0 })
    expect(await world.dualauth('schema --expand app.users.id', { cwd })).toMatchObject({ code: 64 })
  })
})
