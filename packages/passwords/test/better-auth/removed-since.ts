import * as bcrypt from '@node-rs/bcrypt'
import { describeWith } from '@dualauth/servers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lazyImport, type LazyImportConflict, type LegacyPerson } from '../../src/better-auth/index.js'
import { createPasswords } from '../../src/index.js'
import { anAddress, createWorld, oldHash, openDatabase, type World } from './world.js'

const PASSWORD = 'correct horse'

/** What may not come back from the old side, and addresses that change hands. @param version Which Better Auth it is. */
export function describeRemovedSince(version: string): void {
  describeWith('PostgreSQL', `after the move, Better Auth ${version}`, () => {
    let opened: Awaited<ReturnType<typeof openDatabase>>
    let world: World
    let open: World
    const old = new Map<string, LegacyPerson>()
    const conflicts: LazyImportConflict[] = []
    beforeAll(async () => {
      opened = await openDatabase()
      const passwords = createPasswords({ bcrypt, maxWaitMs: 60_000 })
      const on = (guardSignUp: boolean) =>
        createWorld(opened.pool, {
          plugins: [
            lazyImport({
              passwords,
              find: (email) => old.get(email) ?? null,
              guardSignUp,
              onConflict: (conflict) => conflicts.push(conflict),
            }),
          ],
          options: { user: { changeEmail: { enabled: true, updateEmailWithoutVerification: true } } },
        })
      world = on(true)
      open = on(false)
    })
    afterAll(() => opened.close())

    /** Somebody of the old side. @param own Whether the old side gives ids. */
    async function person(own = true): Promise<{ email: string; id: string }> {
      const [email, id] = [anAddress(), crypto.randomUUID()]
      old.set(email, { hash: await oldHash(PASSWORD), ...(own && { id }) })
      return { email, id }
    }
    const status = async (email: string, password = PASSWORD) => (await world.signIn(email, password)).status

    describe.each([
      ['with ids of the old side', true],
      ['without', false],
    ])('%s', (_name, own) => {
      it('a password that was removed here does not come back', async () => {
        const { email } = await person(own)
        expect(await status(email)).toBe(200)
        await opened.pool.query('DELETE FROM account')
        expect(await status(email)).toBe(401)
        expect(await world.rows('account', email)).toEqual([])
      })

      it('a user who was deleted here does not come back, and may sign up as somebody new', async () => {
        const { email } = await person(own)
        expect(await status(email)).toBe(200)
        await opened.pool.query('DELETE FROM "user" WHERE email = $1', [email])
        expect(await status(email)).toBe(401)
        expect(await world.rows('user', email)).toEqual([])
        expect((await world.signUp(email, 'another horse')).status).toBe(200)
      })

      it('nothing of this names the person', async () => {
        const { rows } = await opened.pool.query('SELECT key FROM "legacyMove"')
        for (const { key } of rows as { key: string }[]) expect(key).toMatch(/^(?:address|password|user):[\da-f]{64}$/)
      })
    })

    it('a password that was chosen here, and removed, is not replaced by the old one', async () => {
      const { email, id } = await person()
      const other = await world.insert(anAddress(), null)
      await world.insert(email, null, id)
      expect(await status(email)).toBe(200)
      await opened.pool.query('DELETE FROM "legacyMove"')
      expect(await status(email)).toBe(200)
      await opened.pool.query('DELETE FROM account WHERE "userId" <> $1', [other])
      expect(await status(email)).toBe(401)
    })

    it('nobody changes to the address of a person who has not come yet, but the person may', async () => {
      const [mallory, victim] = [await person(), await person()]
      const { cookie } = await world.signIn(mallory.email, PASSWORD)
      expect(await world.changeEmail(cookie, victim.email)).toMatchObject({
        status: 422,
        code: 'USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL',
      })
      expect(await status(victim.email)).toBe(200)
      const since = anAddress()
      expect((await world.changeEmail(cookie, since)).status).toBe(200)
      expect((await world.changeEmail(cookie, mallory.email)).status).toBe(200)
      expect(await world.rows('user', mallory.email)).toMatchObject([{ id: mallory.id }])
    })

    it('nobody without a session learns by a change who has not come yet', async () => {
      const { email } = await person()
      for (const address of [email, anAddress()]) expect((await world.changeEmail(null, address)).status).toBe(401)
    })

    it('the owner of an address that somebody else has taken meets a conflict, and never that account', async () => {
      const [mallory, victim] = [await person(), await person()]
      const { cookie } = await open.signIn(mallory.email, PASSWORD)
      expect((await open.changeEmail(cookie, victim.email)).status).toBe(200)
      old.set(victim.email, { ...old.get(victim.email)!, hash: await oldHash('the password of the victim') })
      const before = await world.rows('account', victim.email)
      const asVictim = await world.signIn(victim.email, 'the password of the victim')
      expect(asVictim).toMatchObject({ status: 409, code: 'identity_conflict', cookie: null })
      expect(conflicts.at(-1)).toEqual({ userId: mallory.id, legacyId: victim.id })
      expect(await status(victim.email, 'guess')).toBe(401)
      expect(await world.rows('user', victim.email)).toMatchObject([{ id: mallory.id }])
      expect(await world.rows('account', victim.email)).toEqual(before)
      // Who took it has gained the address, and nothing of the victim's.
      expect(await status(victim.email)).toBe(200)
      const back = anAddress()
      expect((await open.changeEmail((await open.signIn(victim.email, PASSWORD)).cookie, back)).status).toBe(200)
      expect(await status(victim.email, 'the password of the victim')).toBe(200)
      expect(await world.rows('user', victim.email)).toMatchObject([{ id: victim.id }])
    })

    it('so does one whose address somebody has without a password', async () => {
      const victim = await person()
      const id = await world.insert(victim.email, null)
      expect(await world.signIn(victim.email, PASSWORD)).toMatchObject({ status: 409, code: 'identity_conflict' })
      expect(conflicts.at(-1)).toEqual({ userId: id, legacyId: victim.id })
      expect(await status(victim.email, 'guess')).toBe(401)
      expect(await world.rows('account', victim.email)).toEqual([])
    })

    it('a password of more than 72 bytes goes on as it was, and a slip after them does not become it', async () => {
      const long = `${'p'.repeat(72)} and the rest`
      const email = anAddress()
      old.set(email, { hash: await oldHash(long) })
      expect(await status(email, `${'p'.repeat(72)} and the slip`)).toBe(200)
      expect(await status(email, long)).toBe(200)
      expect(await status(email, long)).toBe(200)
      expect(await status(email, `${'p'.repeat(71)}q and the rest`)).toBe(401)
      expect(await status(email, 'p'.repeat(71))).toBe(401)
    })
  })
}
