import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { beforeEach, expect, it } from 'vitest'
import { betterAuthTarget, createImport, TargetError, type InviteOptions } from '../../src/index.js'
import { describePostgres } from '../support/database.js'
import { listSource } from '../support/list-source.js'

const people = [
  { id: 'u-1', email: 'ada@example.com', firstName: 'Ada', lastName: 'Lee', passwordHash: 'foreign' },
  { id: 'u-2', email: 'bob@example.com', name: 'Bob', passwordHash: 'foreign' },
  { id: 'u-3', email: 'cleo@example.com' },
]

describePostgres('whom to write to', ({ query, pool }) => {
  const make = () =>
    betterAuth({
      database: pool(),
      baseURL: 'http://localhost:3000',
      secret: 'a secret of a test that is long enough',
      emailAndPassword: { enabled: true, sendResetPassword: async ({ token }) => void (resetToken = token) },
      telemetry: { enabled: false },
      logger: { disabled: true },
    })
  let server: ReturnType<typeof make>
  let resetToken = ''
  beforeEach(async () => {
    await pool().query('drop table if exists account, session, verification, "user" cascade')
    server = make()
    await (await getMigrations(server.options)).runMigrations()
  })
  const target = () => betterAuthTarget({ query, pool: pool() })
  const list = async (
    options?: InviteOptions,
    made = createImport({ query, source: listSource({ people }), target: target() }),
  ) => {
    const all = []
    for await (const invite of made.invites(options)) all.push(invite)
    return all
  }

  it('are those whose password Better Auth does not take, until they have chosen a new one', async () => {
    expect(await list()).toEqual([])
    await createImport({ query, source: listSource({ people }), target: target() }).run()
    expect(await list()).toEqual([
      { id: 'u-1', targetId: 'u-1', email: 'ada@example.com', name: 'Ada Lee', reason: 'reset_required' },
      { id: 'u-2', targetId: 'u-2', email: 'bob@example.com', name: 'Bob', reason: 'reset_required' },
    ])
    await server.api.requestPasswordReset({ body: { email: 'ada@example.com' } })
    await server.api.resetPassword({ body: { newPassword: 'a new horse', token: resetToken } })
    expect((await list()).map(({ id }) => id)).toEqual(['u-2'])
  })

  it('are not half of them, where the target cannot be asked', async () => {
    await createImport({ query, source: listSource({ people }), target: target() }).run()
    const refusing = {
      ...target(),
      hasPassword: async () => {
        throw new TargetError('rejected', { code: 'not_now' })
      },
    }
    const made = createImport({ query, source: listSource({ people }), target: refusing })
    await expect(list({}, made)).rejects.toMatchObject({ kind: 'fatal', code: 'not_now' })
  })

  it('are nobody by a reason that there is not', () => {
    const made = createImport({ query, source: listSource({ people }), target: target() })
    expect(() => made.invites({ reasons: ['bored' as never] })).toThrow('reasons')
    expect(() => made.invites({ reasons: [] })).toThrow('reasons')
  })
})
