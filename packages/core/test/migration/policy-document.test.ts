import { describe, expect, it } from 'vitest'
import {
  createDualAuth,
  definePolicy,
  envPolicy,
  betterAuth,
  legacyJwt,
  staticPolicy,
  type PolicyDocument,
} from '../../src/index.js'
import { legacyOptions } from '../support/legacy.js'
import { pathOf, wrongOption } from '../support/outcome.js'
import { SESSION_SECRET } from '../support/sessions.js'

const good: PolicyDocument = { version: 1, stage: 'dual' }

describe('definePolicy', () => {
  it.each<[string, object]>([
    ['definePolicy.version', { version: 0 }],
    ['definePolicy.version', { version: 1.5 }],
    ['definePolicy.stage', { stage: 'both' }],
    ['definePolicy.stages', { stages: 'dual' }],
    ['definePolicy.rollout.basisPoints', { rollout: { unit: 'user', salt: 's', basisPoints: 10_001 } }],
    ['definePolicy.rollout.basisPoints', { rollout: { unit: 'user', salt: 's', basisPoints: Number.NaN } }],
    ['definePolicy.rollout.unit', { rollout: { unit: 'tenant', salt: 's', basisPoints: 1 } }],
    ['definePolicy.rollout.salt', { rollout: { unit: 'user', salt: '', basisPoints: 1 } }],
    ['definePolicy.organizations.acme.stage', { organizations: { acme: { hold: true } } }],
    ['definePolicy.organizations.acme.hold', { organizations: { acme: { stage: 'new-only', hold: true } } }],
    ['definePolicy.organizations.acme.percent', { organizations: { acme: { percent: 5 } } }],
    [
      'definePolicy.cutOff.acceptUntil',
      { cutOff: { refuseIssuedAfter: '2026-02-01T00:00:00Z', acceptUntil: '2026-01-01T00:00:00Z' } },
    ],
    ['definePolicy.cutOff.refuseIssuedAfter', { cutOff: { refuseIssuedAfter: '2026-02-01' } }],
    ['definePolicy.cutOff.refuseIssuedAfter', { cutOff: { refuseIssuedAfter: '2026-02-31T99:00:00Z' } }],
    ['definePolicy.cutOff.refuseIssuedAfter', { cutOff: { refuseIssuedAfter: '2026-02-30T00:00:00Z' } }],
    ['definePolicy.cutOff.acceptUntil', { cutOff: { acceptUntil: '9999-12-31T23:30:00-01:00' } }],
    ['definePolicy.announcement.deprecation', { announcement: { deprecation: '1969-12-31T23:59:59Z' } }],
    ['definePolicy.announcement.sunset', { announcement: { sunset: '2026-06-31T00:00:00Z' } }],
    [
      'definePolicy.announcement.sunset',
      { announcement: { deprecation: '2026-02-01T00:00:00Z', sunset: '2026-01-01T00:00:00Z' } },
    ],
    ['definePolicy.announcement.documentation', { announcement: { documentation: 'http://example.com' } }],
    ['definePolicy.announcement.documentation', { announcement: { documentation: 'https://example.com/"><script>' } }],
    ['definePolicy.announcement.login', { announcement: { login: 'javascript:alert(1)' } }],
    ['definePolicy.announcement.login', { announcement: { login: 'https://user:secret@example.com/' } }],
    ['definePolicy.announcement.login', { announcement: { login: 'https://e.com\\@example.com/' } }],
    ['definePolicy.announcement.documentation', { announcement: { documentation: 'https:example.com/move' } }],
    ['definePolicy.announcement.documentation', { announcement: { documentation: 'https:///example.com/move' } }],
    ['definePolicy.settleMs', { settleMs: -1 }],
  ])('names %s', (path, wrong) => {
    expect(wrongOption(() => definePolicy({ ...good, ...wrong }))).toBe(path)
  })

  it('returns what it was given', () => {
    const full: PolicyDocument = {
      ...good,
      organizations: { acme: { stage: 'dual', hold: true }, beta: { basisPoints: 5 } },
      rollout: { unit: 'organization', salt: 'a', basisPoints: 150, include: ['x'], exclude: ['y'] },
      newUsers: 'new',
      cutOff: { refuseIssuedAfter: '2026-01-01T00:00:00+02:00', undated: 'accept' },
      announcement: { documentation: 'https://example.com/move', login: 'http://localhost:3000/login', banner: true },
      settleMs: 0,
      rollbackOf: 1,
    }
    expect(definePolicy(full)).toEqual(full)
  })

  it('refuses an organization that no object of JavaScript keeps, as JSON may name one', () => {
    const document = JSON.parse(
      '{"version":1,"stage":"off","organizations":{"__proto__":{"stage":"dual"}}}',
    ) as PolicyDocument
    expect(wrongOption(() => definePolicy(document))).toBe('definePolicy.organizations')
    expect(wrongOption(() => definePolicy(null as never))).toBe('definePolicy')
  })

  it('is what staticPolicy does with its document', async () => {
    expect(await staticPolicy(good).load()).toEqual({ document: good })
    expect(wrongOption(() => staticPolicy({ ...good, version: 0 }))).toBe('staticPolicy.version')
  })

  it('repeats no value of the document', () => {
    try {
      definePolicy({ ...good, stage: 'ada@example.com' as 'dual' })
    } catch (error) {
      expect((error as Error).message).not.toContain('ada')
      return
    }
    throw new Error('nothing was refused')
  })
})

describe('envPolicy', () => {
  it.each([
    ['false', 'false', 'off'],
    ['true', 'false', 'dual'],
    ['true', 'true', 'prefer-new'],
    ['false', 'true', 'new-only'],
    [undefined, undefined, 'off'],
    ['1', '0', 'dual'],
    ['TRUE', '', 'dual'],
  ])('ENABLE_DUAL_AUTH=%s and PREFER_BETTER_AUTH=%s mean %s', async (dual, prefer, stage) => {
    const env = { ENABLE_DUAL_AUTH: dual, PREFER_BETTER_AUTH: prefer }
    expect(await envPolicy(env).load()).toMatchObject({ document: { stage } })
  })

  it('reads other names, and refuses a value that is neither', async () => {
    const names = { dual: 'DUAL', prefer: 'WORKOS_FIRST' }
    expect(await envPolicy({ DUAL: 'true', WORKOS_FIRST: 'true' }, names).load()).toMatchObject({
      document: { stage: 'prefer-new' },
    })
    for (const wrong of ['yes', 2, {}, [], 'true'.repeat(1_000_000)] as string[])
      expect(wrongOption(() => envPolicy({ DUAL: wrong }, names))).toBe('envPolicy')
    for (const env of [undefined, null, 'true']) expect(wrongOption(() => envPolicy(env as never))).toBe('envPolicy')
  })

  it('takes booleans, which some platforms hand over', async () => {
    const env = { ENABLE_DUAL_AUTH: true, PREFER_BETTER_AUTH: false } as never
    expect(await envPolicy(env).load()).toMatchObject({ document: { stage: 'dual' } })
  })
})

describe('the option migration', () => {
  const make = (migration: unknown) => () =>
    createDualAuth({
      verifiers: [
        legacyJwt({ ...legacyOptions(), name: 'legacy' }),
        betterAuth({ name: 'better-auth', secrets: [SESSION_SECRET], sessions: () => null }),
      ],
      link: () => null,
      migration: migration as never,
    })
  const whole = { from: ['legacy'], to: 'better-auth', policy: good }

  it.each<[string, unknown]>([
    ['createDualAuth.migration.from', { ...whole, from: ['legcy'] }],
    ['createDualAuth.migration.from', { ...whole, from: [] }],
    ['createDualAuth.migration.to', { ...whole, to: 'nobody' }],
    ['createDualAuth.migration.to', { ...whole, to: 'legacy' }],
    ['createDualAuth.migration.policy.stage', { ...whole, policy: { version: 1, stage: 'on' } }],
    ['createDualAuth.migration.fallback.version', { ...whole, fallback: { stage: 'dual' } }],
    ['createDualAuth.migration.policy', { from: ['legacy'], to: 'better-auth' }],
    ['createDualAuth.migration.evidence', { ...whole, evidence: {} }],
    ['createDualAuth.migration[1].name', [whole, whole]],
    ['createDualAuth.migration[1].from', [whole, { ...whole, name: 'again' }]],
    ['createDualAuth.migration', []],
    ['createDualAuth.migration.policy.pollMs', { ...whole, policy: { load: () => null, pollMs: 0 } }],
    ['createDualAuth.migration.policy.pollMs', { ...whole, policy: { load: () => null, pollMs: Number.NaN } }],
    ['createDualAuth.migration.policy.pollMs', { ...whole, policy: { load: () => null, pollMs: 2 ** 31 } }],
  ])('a mistake is named: %s', (path, migration) => {
    expect(wrongOption(make(migration))).toBe(path)
  })

  it('asks for a migration by name where there are several, and says so where there is none', async () => {
    const without = createDualAuth({ verifiers: [legacyJwt(legacyOptions())] })
    await expect(without.issuerFor({})).rejects.toSatisfy((error) => pathOf(error) === 'issuerFor')
    await expect(without.migrationStatus({ migration: 'x' })).rejects.toMatchObject({ code: 'configuration_invalid' })
  })
})
