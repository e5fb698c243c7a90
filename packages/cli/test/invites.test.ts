import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { buildModule } from './support/cli.js'
import { eachMoving } from './support/moving.js'
import { describeCli } from './support/world.js'

describeCli('dualauth invites', (world) => {
  const built = mkdtempSync(join(tmpdir(), 'dualauth-cli-'))
  const library = join(built, 'import.mjs')
  beforeAll(async () => void (await buildModule(`export * from '@dualauth/import'`, library)))
  afterAll(() => rmSync(built, { recursive: true }))
  let cwd: string
  const folder = eachMoving(
    world,
    `create table app.users (id text primary key, email text, name text, hash text, tenant text, banned boolean);
    insert into app.users values
      ('u-1', 'ann@example.com', 'Ann "A." Lee', 'unknown', 'acme', false), ('u-2', 'bob@example.com', null, null, 'acme', false),
      ('u-3', null, '=cmd()', 'unknown', 'globex', false), ('u-4', 'dan@example.com', 'Dan', 'unknown', 'acme', true),
      ('u-5', 'eve@example.com', 'Eve', null, 'globex', false), ('u-6', 'no address', 'Fay', 'unknown', 'acme', false)`,
    'select id, email, name, hash as password_hash, tenant as organization, banned as disabled from app.users',
  )
  beforeEach(async () => {
    cwd = folder()
    writeFileSync(
      join(cwd, 'moving.mjs'),
      `import { fileTarget } from ${JSON.stringify(library)}
       export const target = { ...fileTarget({ folder: ${JSON.stringify(join(cwd, 'out'))} }), takesPassword: () => false }`,
    )
    const { code } = await world.dualauth('import --people @people.sql --config moving.mjs --yes', { cwd })
    if (code !== 1) throw new Error(`the import ended with ${code}`)
  })
  const invites = (args: string) => world.dualauth(`invites --people @people.sql --config moving.mjs ${args}`, { cwd })
  const head = 'id,target_id,email,name,reason,sunset\r\n'

  it('lists whose password could not be taken along, with the sunset of the policy, and nothing for a spreadsheet to run', async () => {
    await world.does(`stage set off --reason first --yes --actor me`)
    await world.does(
      `announce set --deprecation 2026-02-01T00:00:00Z --sunset 2026-04-01T02:00:00+02:00 --reason plan --yes --actor me`,
    )
    const { code, out, err } = await invites('--csv')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toBe(
      `${head}u-1,u-1,ann@example.com,"Ann ""A."" Lee",reset_required,2026-04-01T00:00:00.000Z\r\n` +
        `u-3,u-3,,"'=cmd()",reset_required,2026-04-01T00:00:00.000Z\r\n`,
    )
  })

  it('lists who has never signed in on the new side, once each', async () => {
    await world.see([
      { user: 'u-5', side: 'new' },
      { user: 'u-2', side: 'old' },
    ])
    const { out } = await invites('--csv --reason never_signed_in --reason reset_required')
    expect(out).toBe(
      `${head}u-1,u-1,ann@example.com,"Ann ""A."" Lee",reset_required,\r\n` +
        `u-2,u-2,bob@example.com,,never_signed_in,\r\nu-3,u-3,,"'=cmd()",reset_required,\r\n`,
    )
  })

  it('takes the options of the import that it does not need, so that one word of its line is another', async () => {
    expect(await invites('--memberships @people.sql --passwords bcrypt --csv')).toMatchObject({ code: 0, err: '' })
  })

  it('says nothing about sign-ins that nobody watched', async () => {
    expect(await invites('--csv --reason never_signed_in')).toMatchObject({
      code: 64,
      err: expect.stringContaining('nothing watches the migration'),
    })
  })

  it('writes a file for its owner alone, and none over another', async () => {
    const { code, out } = await invites('--csv --out invites.csv --organization acme')
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringMatching(/reset_required +1 +0/) })
    expect(out).not.toContain('@')
    const path = join(cwd, 'invites.csv')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readFileSync(path, 'utf8')).toMatch(/^id,.*\r\nu-1,.*\r\n$/)
    expect(await invites('--csv --out invites.csv')).toMatchObject({
      code: 64,
      err: expect.stringContaining('already'),
    })
    await invites('--csv --reason never_signed_in --out none.csv')
    expect(() => statSync(join(cwd, 'none.csv'))).toThrow('ENOENT')
  })

  it('says values as they are in JSON, and counts only without a list', async () => {
    writeFileSync(join(cwd, 'ids.txt'), 'u-3\n')
    expect(JSON.parse((await invites('--json --only ids.txt')).out)).toEqual({
      migration: world.migration,
      sunset: null,
      invites: [{ id: 'u-3', targetId: 'u-3', email: null, name: '=cmd()', reason: 'reset_required' }],
    })
    expect(await invites('')).toMatchObject({ code: 0, out: expect.stringMatching(/reset_required +2 +1/) })
  })

  it.each([
    ['--csv --json', 'Choose one'],
    ['--out list.csv', '--out is for'],
    ['--csv --reason forgotten', 'one of reset_required, never_signed_in'],
  ])('says what is wrong with `%s`', async (args, words) => {
    expect(await invites(args)).toMatchObject({ code: 64, err: expect.stringContaining(words) })
  })
})
