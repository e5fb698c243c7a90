import { readFileSync } from 'node:fs'
import { createDualAuth, legacyJwt } from '@dualauth/core'
import { openDatabase, postgresEvidence, postgresPolicy } from '@dualauth/postgres'
import { randomBytes } from 'node:crypto'
import { beforeAll, expect, it } from 'vitest'
import { describeCli } from './support/world.js'

const PAGE = new URL('../../../docs/cli.md', import.meta.url)
const BECAUSE = '--reason because --actor alice --yes'

describeCli(
  'the roles of docs/cli.md',
  (world) => {
    const env = (role: string) => ({ env: { DATABASE_URL: world.url.replace('tests@', `${role}@`) } })
    const denied = {
      code: 77,
      err: expect.stringMatching(/privilege on the table (?:policy|audit) \(42501\)/) as unknown,
    }

    beforeAll(async () => {
      const [, grants = ''] = /## Privileges[^]*?```sql\n([^]*?)```/.exec(readFileSync(PAGE, 'utf8')) ?? []
      if (grants === '') throw new Error('docs/cli.md lists no grants')
      for (const role of ['application', 'operator', 'reader'])
        await world.database.query(`create role ${role} login`, [])
      await world.database.pool.query(grants)
    })

    it('let the operator change the policy and read everything', async () => {
      const operator = env('operator')
      await world.see([
        { user: 'u-1', organization: 'acme' },
        { user: 'u-2', side: 'new' },
      ])
      for (const change of ['stage set dual', 'stage advance', 'rollout set 1%', 'stage rollback', 'policy rollback'])
        await world.does(`${change} ${BECAUSE}`, operator)
      for (const look of ['stage get', 'status --organization', 'status --pending', 'policy history', 'cutoff get'])
        await world.does(look, operator)
      expect((await world.dualauth('retire', operator)).code).toBe(2)
      expect((await world.dualauth('schema --apply', operator)).code).toBe(77)
    })

    it('let the reader look, and change nothing', async () => {
      await world.does(`stage set dual ${BECAUSE}`)
      await world.see([{ user: 'u-1' }])
      for (const look of ['stage get', 'status --organization', 'status --pending', 'policy history', 'rollout get'])
        await world.does(look, env('reader'))
      expect((await world.dualauth('retire', env('reader'))).code).toBe(2)
      await world.does('stage advance --dry-run --reason because', env('reader'))
      expect(await world.dualauth(`stage advance ${BECAUSE}`, env('reader'))).toMatchObject(denied)
      expect(await world.json('stage get')).toMatchObject({ version: 1 })
    })

    it('let the application follow the policy and keep evidence, and change no policy', async () => {
      await world.does(`stage set dual ${BECAUSE}`)
      const { query, listen, close } = await openDatabase(world.url.replace('tests@', 'application@'))
      const jwt = (name: string) =>
        legacyJwt({
          name,
          algorithms: ['HS256'],
          secrets: [randomBytes(32)],
          issuer: `https://${name}.example.com`,
          purpose: 'only-access-tokens',
        })
      const { migration } = world
      const auth = createDualAuth({
        verifiers: [jwt('old'), jwt('new')],
        link: ({ subject }) => ({ id: subject }),
        migration: {
          name: migration,
          from: ['old'],
          to: 'new',
          policy: postgresPolicy(query, { migration, listen }),
          evidence: postgresEvidence(query),
        },
      })
      await auth.ready()
      expect(await auth.migrationStatus()).toMatchObject({ stage: 'dual', version: 1 })
      await auth.close()
      await close()
      expect(await world.dualauth(`stage advance ${BECAUSE}`, env('application'))).toMatchObject({ code: 77 })
    })
  },
  { own: true },
)
