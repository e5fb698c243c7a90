import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { openDatabase, schemaFiles } from '@dualauth/postgres'
import { startPooler } from '@dualauth/servers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildModule, run, start } from './support/cli.js'
import { runHere } from './support/in-process.js'
import { describeCli, wordsOf } from './support/world.js'

const folder = mkdtempSync(join(tmpdir(), 'dualauth-cli-'))
afterAll(() => rmSync(folder, { recursive: true }))

describeCli(
  'dualauth',
  (world) => {
    it.each([
      '',
      'nonsense',
      'stage nonsense',
      'stage set half --reason x',
      'stage set dual --organization --reason x',
      "stage set dual --organization '' --reason x",
      'stage get --surprise',
      'stage get extra',
      'retire --window-days 0',
      'retire --window-days many',
      'status --interval 0',
      'cutoff set --max-age 0d --reason x',
      "status --migration 'no name'",
    ])('answers `%s` with a sentence and 64', async (args) => {
      const { code, out, err } = await runHere(wordsOf(args), { env: { DATABASE_URL: world.url } })
      expect({ code, out }).toEqual({ code: 64, out: '' })
      expect(err).not.toBe('')
      expect(err).not.toMatch(/\n\s+at .*:\d+:\d+/)
    })

    it('says what there is, and its version', async () => {
      const help = await run(world.bin, ['--help'])
      expect(help).toMatchObject({ code: 0, err: '', out: expect.stringContaining('Exit codes:') })
      const version = await run(world.bin, ['--version'])
      expect(version).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
      expect(await run(world.bin, ['nonsense'])).toMatchObject({ code: 64, out: '' })
    })

    it('finishes a change although nobody reads about it, and says how it ended', async () => {
      const running = world.start('stage set dual --reason r --yes --actor a')
      running.child.stdout.destroy()
      expect(await running.ended).toMatchObject({ code: 0, err: '' })
      expect(await world.json('stage get')).toMatchObject({ stage: 'dual' })
      const refused = world.start('stage set retired --reason r --yes --actor a')
      refused.child.stdout.destroy()
      expect((await refused.ended).code).toBe(1)
      const unsure = world.start('retire')
      unsure.child.stdout.destroy()
      expect((await unsure.ended).code).toBe(3)
    })

    it('stops following where nobody reads', async () => {
      const running = world.start('status --follow --interval 1')
      await running.says('Nobody')
      running.child.stdout.destroy()
      expect(await running.ended).toMatchObject({ code: 0, err: '' })
    })

    it.skipIf(process.platform !== 'linux')('says that its output is not complete, as on a full disk', async () => {
      const onFullDisk = async (...args: readonly string[]) => {
        const full = openSync('/dev/full', 'w')
        const child = spawn(process.execPath, [world.bin, ...args], {
          env: { PATH: process.env['PATH'], DATABASE_URL: world.url },
          stdio: ['ignore', full, 'pipe'],
        })
        closeSync(full)
        const said: Buffer[] = []
        child.stderr?.on('data', (portion: Buffer) => said.push(portion))
        const [code] = (await once(child, 'close')) as [number]
        return { code, err: Buffer.concat(said).toString() }
      }
      const set = ['stage', 'set', 'dual', '--reason', 'r', '--yes', '--actor', 'a', '--migration', world.migration]
      // What is written last fails last.
      for (const args of [set, ['schema']]) {
        const { code, err } = await onFullDisk(...args)
        expect({ code, err }).toEqual({ code: 74, err: expect.stringContaining('ENOSPC') })
        expect(err).not.toMatch(/\n\s+at /)
      }
      expect(await world.json('stage get')).toMatchObject({ stage: 'dual' })
    })

    it('does not say whether a version was written where the answer is lost', async () => {
      await world.does('stage set off --reason r --yes --actor a')
      const pooler = await startPooler(world.url)
      pooler.loseAnswerTo('insert into dualauth.policy')
      const env = { DATABASE_URL: pooler.url }
      const { code, err } = await runHere(
        [...wordsOf('stage set dual --reason r --yes --actor a'), '--migration', world.migration],
        { env },
      )
      expect({ code, err }).toEqual({ code: 69, err: expect.stringContaining('whether version 2 was written') })
      expect(err).toContain('policy history')
      // It was.
      expect(await world.json('stage get', { env })).toMatchObject({ stage: 'dual', version: 2 })
      await pooler.close()
    })

    it('says that a statement waited for too long, and that nothing has changed', async () => {
      await world.does('stage set off --reason r --yes --actor a')
      const holder = await world.database.pool.connect()
      await holder.query('begin', [])
      await holder.query('lock table dualauth.policy', [])
      const env = { DATABASE_URL: `${world.url}?statement_timeout=300` }
      const { code, err } = await world.dualauth('stage set dual --reason r --yes --actor a', { env })
      await holder.query('rollback', [])
      holder.release()
      expect({ code, err }).toEqual({ code: 69, err: expect.stringContaining('statement_timeout') })
    })

    it('ends quietly where the reader stops before the end', async () => {
      const running = start(world.bin, ['schema'])
      running.child.stdout.destroy()
      expect(await running.ended).toMatchObject({ err: '' })
    })

    it('asks for a database where none is named', async () => {
      const ended = await run(world.bin, ['stage', 'get'])
      expect(ended).toMatchObject({ code: 64, err: expect.stringContaining('DATABASE_URL') })
    })

    const SECRET = 'pa55-of-the-database'
    it.each([
      [69, `postgres://me:${SECRET}@127.0.0.1:1/app`],
      [69, `postgres://me:${SECRET}@no-such-host.invalid/app`],
      [64, `postgres://me:${SECRET}@[/app`],
      [64, `mysql://me:${SECRET}@127.0.0.1/app`],
      [69, `${SECRET}/no-such-folder`],
    ])('ends with %s for the database %s, and never repeats its password', async (code, url) => {
      const ended = await runHere(['status', '--database', url])
      expect(ended).toMatchObject({ code, out: '' })
      expect(ended.err).not.toContain(SECRET)
      expect(ended.err).not.toMatch(/\n\s+at /)
    })

    it('never repeats a password in a URL that stands in the wrong place', async () => {
      for (const args of [[`--databse=postgres://me:${SECRET}@h/app`], [`postgres://me:${SECRET}@h/app`]]) {
        const { code, err } = await runHere(args)
        expect(code).toBe(64)
        expect(err).not.toContain(SECRET)
      }
    })

    it('prints no character of an argument that steers a terminal', async () => {
      const { err } = await runHere(['stage', '\u001b[2Jget'])
      expect(err).not.toContain('\u001b')
    })

    it('says that the schema is missing, prints it, and applies it', async () => {
      const database = `empty_${Date.now()}`
      await world.database.query(`create database ${database}`, [])
      const env = { DATABASE_URL: world.url.replace(/\/postgres$/, `/${database}`) }
      const absent = await run(world.bin, ['stage', 'get'], { env })
      expect(absent).toMatchObject({ code: 78, err: expect.stringContaining('dualauth schema --apply') })
      const names = schemaFiles.map(({ name }) => name)
      const missing = await runHere(['schema', '--apply', '--dry-run', '--json'], { env })
      expect(JSON.parse(missing.out)).toEqual({ missing: names })
      const applied = await runHere(['schema', '--apply', '--json'], { env })
      expect(JSON.parse(applied.out)).toEqual({ applied: names })
      const again = await runHere(['schema', '--apply'], { env })
      expect(again).toMatchObject({ code: 0, out: expect.stringContaining('nothing was applied') })
      expect((await runHere(['schema', '--dry-run'], { env })).out).toContain('nothing would be applied')
      expect((await runHere(['stage', 'get'], { env })).code).toBe(0)
      const printed = await runHere(['schema'])
      for (const name of names) expect(printed.out).toContain(`-- ${name}\n`)
    })

    it('says that the role of the database may not write', async () => {
      await world.database.query('create role reader login', [])
      await world.database.query('grant usage on schema dualauth to reader', [])
      await world.database.query('grant select on all tables in schema dualauth to reader', [])
      const env = { DATABASE_URL: world.url.replace('tests@', 'reader@') }
      const { code, err } = await world.dualauth('stage set dual --reason x --yes --actor a', { env })
      expect({ code, err }).toEqual({ code: 77, err: expect.stringContaining('table policy') })
    })

    it('works on a database in a folder', async () => {
      const at = join(folder, 'data')
      const there = ['--database', `file:${at}`]
      expect((await runHere(['stage', 'get', ...there])).code).toBe(69)
      expect((await runHere(['schema', '--dry-run', ...there])).code).toBe(64)
      await (await PGlite.create(at)).close()
      const set = ['stage', 'set', 'dual', '--reason', 'x', '--actor', 'a', '--yes']
      expect(await run(world.bin, [...set, ...there])).toMatchObject({
        code: 0,
        err: '',
        out: expect.stringContaining('Version 1 is written'),
      })
      const { close } = await openDatabase(`file:${at}`)
      const busy = await run(world.bin, ['stage', 'advance', '--reason', 'x', '--actor', 'a', '--yes', ...there])
      expect(busy).toMatchObject({ code: 69, out: '', err: expect.stringContaining(`the process ${process.pid}`) })
      await close()
      expect((await runHere(['stage', 'get', ...there])).out).toContain('dual')
    }, 60_000)
  },
  { own: true },
)

describeCli('dualauth explain', (world) => {
  const module = (name: string, text: string): string => {
    const file = join(folder, name)
    writeFileSync(file, text)
    return file
  }
  let auth: string
  beforeAll(async () => {
    auth = await buildModule(
      `import { createDualAuth, legacyJwt } from '@dualauth/core'
      const named = (name) => legacyJwt({
        name, algorithms: ['HS256'], secrets: [crypto.getRandomValues(new Uint8Array(32))],
        issuer: 'https://' + name + '.example.com', purpose: 'only-access-tokens',
      })
      // An application that keeps its process alive.
      setInterval(() => {}, 1000)
      export const auth = createDualAuth({ verifiers: [named('old'), named('new')], link: ({ subject }) => ({ id: subject }) })`,
      join(folder, 'auth.mjs'),
    )
  })
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const tokenOf = (issuer: string): string =>
    `${part({ alg: 'HS256' })}.${part({ iss: issuer, sub: 'subject-4711' })}.${'s'.repeat(43)}`

  it('asks the instance of the application, reads standard input, and prints nothing of it', async () => {
    const input = `${tokenOf('https://new.example.com')}\n`
    const { code, out, err } = await run(world.bin, ['explain', '--auth', auth], { input })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^owned by new\n/)
    for (const piece of [...input.trim().split('.'), 'subject-4711']) expect(out).not.toContain(piece)
    const cookie = await runHere(['explain', '--auth', auth, '--cookie', 'session', '--json'], { input })
    expect(JSON.parse(cookie.out)).toMatchObject({ outcome: 'unsupported', verifiers: [] })
    const header = await runHere(['explain', '--auth', auth, '--header', 'Authorization', '--json'], {
      input: `Bearer ${tokenOf('https://old.example.com')}`,
    })
    expect(JSON.parse(header.out)).toMatchObject({ outcome: 'owned', verifiers: ['old'] })
  })

  it('says whether the policy would refuse it, and for which organization', async () => {
    const moved = await buildModule(
      `import { createDualAuth, legacyJwt } from '@dualauth/core'
      const named = (name) => legacyJwt({
        name, algorithms: ['HS256'], secrets: [crypto.getRandomValues(new Uint8Array(32))],
        issuer: 'https://' + name + '.example.com', purpose: 'only-access-tokens',
      })
      export const auth = createDualAuth({
        verifiers: [named('old'), named('new')], link: ({ subject }) => ({ id: subject }),
        migration: { from: ['old'], to: 'new', policy: { version: 7, stage: 'new-only', organizations: { acme: { stage: 'dual' } } } },
      })`,
      join(folder, 'moved.mjs'),
    )
    const ask = (issuer: string, ...more: string[]) =>
      runHere(['explain', '--auth', moved, ...more], { input: tokenOf(`https://${issuer}.example.com`) })
    expect((await ask('old')).out).toMatch(
      /"default", version 7 at new-only: the old side \(old\) is refused.*: retired/,
    )
    expect((await ask('new')).out).toContain('version 7 at new-only: the new side (new) is accepted')
    expect((await ask('old', '--organization', 'acme')).out).toContain('at dual: the old side (old) is accepted')
    const { policies } = JSON.parse((await ask('old', '--json')).out) as { policies: unknown }
    expect(policies).toEqual([
      {
        verifier: 'old',
        migration: 'default',
        side: 'old',
        version: 7,
        stage: 'new-only',
        refusal: 'retired',
        isDated: true,
      },
    ])
  })

  it('refuses what is no instance, and shows nothing that a module threw', async () => {
    const none = module('none.mjs', 'export const other = 1')
    const throwing = module('throwing.mjs', "throw new Error('secret-of-the-app')")
    for (const file of [none, throwing, join(folder, 'absent.mjs')]) {
      const { code, err } = await runHere(['explain', '--auth', file], { input: 'x' })
      expect(code).toBe(64)
      expect(err).toContain('--auth')
      expect(err).not.toContain('secret-of-the-app')
    }
    const source = module('auth.tsx', 'export const auth = 1')
    expect((await run(world.bin, ['explain', '--auth', source], { input: 'x' })).err).toContain('your build')
    const refused = module(
      'refused.mjs',
      "throw Object.assign(new Error('secret-of-the-app'), { code: 'ECONNREFUSED' })",
    )
    expect((await runHere(['explain', '--auth', refused], { input: 'x' })).err).toContain('(ECONNREFUSED)')
    expect((await runHere(['explain', '--auth', auth], { input: '' })).code).toBe(64)
    expect((await runHere(['explain'], { input: 'x' })).code).toBe(64)
  })
})
