import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashedIdentifier } from '@dualauth/core'
import { afterAll, expect, it } from 'vitest'
import { describeCli } from './support/world.js'

const BECAUSE = '--reason because --actor alice --yes'
const folder = mkdtempSync(join(tmpdir(), 'dualauth-cli-'))
afterAll(() => rmSync(folder, { recursive: true }))

describeCli('dualauth rollout', (world) => {
  it('sets the share, the unit and the salt, and prints them', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    const { code, out } = await world.dualauth(`rollout set 12.5% ${BECAUSE}`)
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('rollout.basisPoints: none → 12.5%') })
    expect(out).toContain('No stage changes')
    expect((await world.json('rollout get')).rollout).toEqual({
      unit: 'user',
      salt: world.migration,
      basisPoints: 1250,
    })
    const again = await world.dualauth(`rollout set 0% --salt autumn --unit organization ${BECAUSE}`)
    expect(again.out).toContain('selects other people')
    expect(await world.json('rollout get')).toEqual({
      migration: world.migration,
      organization: null,
      version: 3,
      stage: 'dual',
      basisPoints: 0,
      hold: false,
      newUsers: 'rollout',
      rollout: { unit: 'organization', salt: 'autumn', basisPoints: 0 },
    })
  })

  it('lets new users begin on the new side', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    await world.does(`rollout set 0% --new-users new ${BECAUSE}`)
    expect(await world.json('policy get')).toMatchObject({ newUsers: 'new', rollout: { basisPoints: 0 } })
    await world.does(`rollout set 1% ${BECAUSE}`)
    expect(await world.json('policy get')).toMatchObject({ newUsers: 'new' })
    expect((await world.dualauth(`rollout set 1% --new-users old ${BECAUSE}`)).code).toBe(64)
  })

  it('has a share for one organization', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    await world.does(`rollout set 50% --organization acme ${BECAUSE}`)
    expect(await world.json('rollout get --organization acme')).toMatchObject({ basisPoints: 5000 })
    expect(await world.json('rollout get')).toMatchObject({ basisPoints: 0 })
    expect(await world.dualauth(`rollout set 1% --salt x --organization acme ${BECAUSE}`)).toMatchObject({ code: 64 })
  })

  it('includes and excludes units; a unit stands in one list only', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    await world.does(`rollout include u-1 u-2 u-1 ${BECAUSE}`)
    await world.does(`rollout exclude u-2 u-3 ${BECAUSE}`)
    expect((await world.json('rollout get')).rollout).toMatchObject({ include: ['u-1'], exclude: ['u-2', 'u-3'] })
    await world.does(`rollout clear u-1 u-2 ${BECAUSE}`)
    expect((await world.json('rollout get')).rollout).toEqual({
      unit: 'user',
      salt: world.migration,
      basisPoints: 0,
      exclude: ['u-3'],
    })
  })

  it('keeps no address, and takes one in any case for the same, as the login page does', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    await world.does(`rollout set 0% --unit identifier ${BECAUSE}`)
    await world.does(`rollout include Ada@Example.com bob@example.com ${BECAUSE}`)
    await world.does(`rollout exclude ' ada@example.COM ' ${BECAUSE}`)
    const { include, exclude } = (await world.json('rollout get')).rollout
    expect([include, exclude]).toEqual([
      [await hashedIdentifier('bob@example.com')],
      [await hashedIdentifier('ada@example.com')],
    ])
    await world.does(`rollout clear ADA@example.com ${BECAUSE}`)
    expect((await world.json('rollout get')).rollout).not.toHaveProperty('exclude')
    const kept = await world.database.query(
      `select p.document::text || a.data::text as text from dualauth.policy p, dualauth.audit a where p.migration = $1 and a.subject = $1`,
      [world.migration],
    )
    expect(kept.length).toBeGreaterThan(0)
    for (const { text } of kept) expect(text).not.toMatch(/example/i)
  })

  it.each(['1', '101%', '0.001%', '-1%', '1e1%', 'half'])('refuses %s as a percentage', async (share) => {
    expect((await world.dualauth(`rollout set ${share} ${BECAUSE}`)).code).toBe(64)
  })
})

describeCli('dualauth cutoff and announce', (world) => {
  it('sets a cut-off and says from when on new-only loses nobody', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    const { code, out } = await world.dualauth(
      `cutoff set --refuse-issued-after 2026-03-01T00:00:00Z --max-age 30d --accept-until 2126-04-01T00:00:00Z --force ${BECAUSE}`,
    )
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringContaining('Earliest new-only without loss: 2026-03-31T00:01:00Z'),
    })
    await world.does(`cutoff set --undated accept ${BECAUSE}`)
    expect(await world.json('cutoff get')).toEqual({
      migration: world.migration,
      version: 3,
      cutOff: {
        refuseIssuedAfter: '2026-03-01T00:00:00Z',
        maxAgeSeconds: 2_592_000,
        acceptUntil: '2126-04-01T00:00:00Z',
        undated: 'accept',
      },
      earliestLossFree: '2026-03-31T00:01:00.000Z',
    })
    await world.does(`cutoff clear ${BECAUSE}`)
    expect(await world.json('cutoff get')).toMatchObject({ cutOff: null, earliestLossFree: null })
  })

  it.each(['--max-age 1m', '--refuse-issued-after 2026-03-01T00:00:00Z', '--accept-until 2026-03-01T00:00:00Z'])(
    'signs nobody out at once by %s, unless so many people are accepted',
    async (option) => {
      await world.does(`stage set dual ${BECAUSE}`)
      await world.see([{ user: 'u-1', organization: 'acme' }, { user: 'u-1' }, { user: 'u-2' }])
      const { code, out, err } = await world.dualauth(`cutoff set ${option} ${BECAUSE}`)
      expect(out).toMatch(/everybody +dual +dual +2 +2 +1/)
      expect(out).toContain('up to 2 people on the old side')
      expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('--accept-logouts 2') })
      await world.does(`cutoff set ${option} --accept-logouts 2 ${BECAUSE}`)
    },
  )

  it('says how many hold credentials beyond the end, and takes that end for no promise', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    const end = new Date(Date.now() + 3 * 86_400_000).toISOString()
    await world.see([{ user: 'u-1', expiresAt: Date.now() + 30 * 86_400_000 }, { user: 'u-2' }])
    const { code, out } = await world.dualauth(`cutoff set --accept-until ${end} ${BECAUSE}`)
    expect(code).toBe(0)
    expect(out).toContain('would be valid for longer: 1 person')
    expect(out).toContain('by then the cut-off refuses everybody on the old side')
    expect(out).not.toContain('without loss')
  })

  it('refuses a cut-off that ends before it begins, by the name of its member', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    const { code, err } = await world.dualauth(
      `cutoff set --refuse-issued-after 2026-03-01T00:00:00Z --accept-until 2026-02-01T00:00:00Z ${BECAUSE}`,
    )
    expect({ code, err }).toEqual({ code: 64, err: expect.stringContaining('cutOff.acceptUntil') })
    for (const wrong of ['tomorrow', '2026-02-30T00:00:00Z', '1969-12-31T00:00:00Z', '9999-12-31T23:30:00-01:00']) {
      const { code, err } = await world.dualauth(`cutoff set --accept-until ${wrong} ${BECAUSE}`)
      expect([code, err.includes('--accept-until')], wrong).toEqual([64, true])
    }
    expect((await world.dualauth(`cutoff set ${BECAUSE}`)).code).toBe(64)
  })

  it('announces the end', async () => {
    await world.does(`stage set prefer-new --force ${BECAUSE}`)
    await world.does(
      `announce set --deprecation 2026-02-01T00:00:00Z --login https://app.example.com/login --banner --no-in-dual ${BECAUSE}`,
    )
    expect(await world.json('announce get')).toMatchObject({
      announcement: {
        deprecation: '2026-02-01T00:00:00Z',
        login: 'https://app.example.com/login',
        banner: true,
        inDual: false,
      },
    })
    expect((await world.dualauth(`announce set --login ftp://example.com ${BECAUSE}`)).code).toBe(64)
  })
})

describeCli('dualauth policy', (world) => {
  it('writes a policy from a file and from standard input, and prints it again', async () => {
    const input = JSON.stringify({ stage: 'dual', organizations: { acme: { stage: 'off' } }, settleMs: 1000 })
    expect(await world.process(`policy put - ${BECAUSE}`, { input })).toMatchObject({ code: 0, err: '' })
    expect(await world.json('policy get')).toEqual({ ...JSON.parse(input), version: 1 })
    const file = join(folder, 'policy.json')
    writeFileSync(file, JSON.stringify({ stage: 'prefer-new' }))
    expect((await world.dualauth(`policy put '${file}' --force ${BECAUSE}`)).code).toBe(0)
    expect(await world.json('policy get')).toEqual({ stage: 'prefer-new', version: 2 })
    expect(await world.json('policy get --at 1')).toMatchObject({ version: 1, stage: 'dual' })
    expect((await world.dualauth('policy get --at 9')).code).toBe(1)
  })

  it('refuses a file that was made from an older version, and writes nothing', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    const input = (await world.dualauth('policy get')).out
    await world.does(`stage advance ${BECAUSE}`)
    const { code, err } = await world.dualauth(`policy put - ${BECAUSE}`, { input })
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('in the meantime (version 2, by alice') })
    expect(await world.json('policy get')).toMatchObject({ stage: 'prefer-new', version: 2 })
  })

  it('changes nothing where nothing changes', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    expect(await world.dualauth(`stage set dual ${BECAUSE}`)).toMatchObject({
      code: 0,
      out: expect.stringContaining('Nothing to change'),
    })
    expect(await world.json('policy get')).toMatchObject({ version: 1 })
  })

  it.each([
    ['{', 'not JSON'],
    ['[]', 'policy'],
    ['{"stage":"half"}', 'policy.stage'],
    ['{"stage":"dual","surprise":1}', 'surprise'],
    ['{"stage":"dual","organizations":{"a\\u0000b":{"hold":false}}}', 'policy'],
  ])('refuses %s with a sentence and no stack', async (input, words) => {
    const { code, err } = await world.dualauth(`policy put - ${BECAUSE}`, { input })
    expect({ code, err }).toEqual({ code: 64, err: expect.stringContaining(words) })
    expect(err).not.toMatch(/\n\s+at /)
  })

  it('goes on from the last good version where somebody wrote a bad one by hand', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    await world.database.query(
      `insert into dualauth.policy (migration, version, document, actor, reason) values ($1, 2, '{"stage":"all"}', 'm', 'by hand')`,
      [world.migration],
    )
    await world.database.query(
      `insert into dualauth.policy (migration, version, document, actor, reason)
       select $1, version, '{}', 'm', 'by hand' from generate_series(3, 1200) as version`,
      [world.migration],
    )
    expect((await world.dualauth('stage get')).out).toContain('No instance accepts version 1200')
    const { code, err } = await world.dualauth('policy get')
    expect([code, err.includes('policy get --at 1`')]).toEqual([1, true])
    expect(await world.dualauth(`stage advance ${BECAUSE}`)).toMatchObject({ code: 0 })
    expect(await world.json('policy get')).toEqual({ stage: 'prefer-new', version: 1201 })
  })

  it('lists who wrote which version, and why', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    await world.does(`stage advance --reason 'week 2' --actor bob --yes`)
    expect(await world.json('policy history')).toMatchObject([
      { version: 2, actor: 'bob', reason: 'week 2', document: { stage: 'prefer-new' } },
      { version: 1, actor: 'alice', reason: 'because' },
    ])
    expect((await world.dualauth('policy history')).out).toMatch(/2 .*bob .*prefer-new .*week 2/)
  })

  it('refuses an organization called __proto__, which a policy cannot hold', async () => {
    await world.does(`stage set dual ${BECAUSE}`)
    expect((await world.dualauth(`stage set prefer-new --organization __proto__ ${BECAUSE}`)).code).toBe(64)
  })
})
