import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  apiKeys,
  betterAuth,
  createApiKey,
  createDualAuth,
  isAuthError,
  legacyJwt,
  memoryApiKeys,
  workos,
} from '../../src/index.js'
import { legacyOptions } from '../support/legacy.js'
import { SESSION_SECRET } from '../support/sessions.js'

const legacy = (options: object) => () => legacyJwt(legacyOptions(options as never))
const create = (options: object) => () =>
  createDualAuth({ verifiers: [legacyJwt(legacyOptions())], ...options } as never)
const keys = (options: object) => () =>
  apiKeys({ name: 'key', prefix: 'sk_', keys: memoryApiKeys(), ...options } as never)

function messageOf(construct: () => unknown): string {
  try {
    construct()
  } catch (error) {
    if (isAuthError(error) && error.code === 'configuration_invalid') return error.message
    throw error
  }
  throw new Error('nothing was refused')
}

const purposes = "{ claim, value }, { header: 'typ', value } or 'only-access-tokens'"

// The wording is what is promised here: whoever reads it must know what to write instead.
describe('a wrong option is told its valid form', () => {
  it.each<[string, () => unknown]>([
    [`legacyJwt(legacy).purpose: is required: ${purposes}`, legacy({ purpose: undefined })],
    [`legacyJwt(legacy).purpose: must be ${purposes}`, legacy({ purpose: 'access' })],
    ['legacyJwt(legacy).acceptUnlimited: must be an object { until, reason }', legacy({ acceptUnlimited: true })],
    ['legacyJwt(legacy).secrets[0]: is undefined; must be a string or a Uint8Array', legacy({ secrets: [undefined] })],
    ['legacyJwt(legacy).secrets: must be an array', legacy({ secrets: 'x' })],
    [
      "legacyJwt(legacy).carriers[0]: must be 'bearer', 'bare', { scheme }, { header } or { cookie }",
      legacy({ carriers: ['cookie'] }),
    ],
    ['legacyJwt(legacy).schema: must be a Standard Schema, such as z.object({ … }) of zod', legacy({ schema: {} })],
    ['legacyJwt(legacy).issuer: must be an exact issuer or a list of issuers', legacy({ issuer: 5 })],
    ['legacyJwt(legacy).algorithms: must not be empty', legacy({ algorithms: [] })],
    ['legacyJwt(legacy).clockToleranceSeconds: must be a number from 0 to 300', legacy({ clockToleranceSeconds: 301 })],
    ['createDualAuth: is required: an object', () => createDualAuth(undefined as never)],
    [
      'createDualAuth.verifiers[0]: must be a verifier, such as legacyJwt({ … }) returns',
      create({ verifiers: [legacyJwt] }),
    ],
    [
      'createDualAuth.access.roles.editor[0]: must be a permission such as `resource:action`, or a wildcard: `resource:*`, `*:action` or `*`',
      create({ access: { roles: { editor: ['thing*'] } } }),
    ],
    ['createDualAuth.link: must be a function', create({ link: {} })],
    ['apiKeys(key).keys: must be an object with findByHash(hash)', keys({ keys: {} })],
    [
      'apiKeys(key).prefix: must be letters, digits and `_`, from a letter to a `_`, such as sk_live_',
      keys({ prefix: 'sk' }),
    ],
    ['apiKeys(key).bearer: must be a boolean', keys({ bearer: 'yes' })],
    [
      'apiKeys.name: must be a name: a letter, then up to 63 letters, digits, `.`, `-` or `_`',
      keys({ name: 'my keys' }),
    ],
    [
      "workos(workos).clientId: must be the environment's client id: it begins with client_",
      () => workos({ name: 'workos', clientId: 'wos_1' }),
    ],
    [
      'betterAuth(ba).sessions: must be sqlSessions(query), a function, or, for an instance of Better Auth, instanceSessions(auth)',
      () => betterAuth({ name: 'ba', secrets: [SESSION_SECRET], sessions: { api: {} } as never }),
    ],
  ])('%s', (message, construct) => {
    expect(messageOf(construct)).toBe(message)
  })
})

describe('the wording', () => {
  afterEach(() => void z.config({ customError: undefined }))

  it('is ours, whatever an app has configured in its own copy of zod', () => {
    z.config({ customError: () => 'wording of the app' })
    expect(messageOf(legacy({ purpose: undefined }))).toContain('is required')
    expect(messageOf(create({ precedence: 'api-key' }))).toBe('createDualAuth.precedence: must be an array')
  })
})

describe('createApiKey', () => {
  const owner = { kind: 'user', id: '42' } as const
  const mint = (options: object) => createApiKey({ prefix: 'sk_', owner, scopes: ['*'], ...options })

  it('refuses an end in the past, such as one in seconds', async () => {
    const [hour, now] = [3_600_000, Date.now()]
    for (const expiresAt of [now - hour, Math.floor((now + hour) / 1000)])
      await expect(mint({ expiresAt })).rejects.toMatchObject({
        code: 'configuration_invalid',
        message: 'createApiKey.expiresAt: is in the past; it takes milliseconds since the epoch',
      })
    await expect(mint({ expiresAt: now + hour })).resolves.toBeDefined()
    await expect(mint({ expiresAt: null })).resolves.toBeDefined()
  })

  it('says what a scope may be', async () => {
    await expect(mint({ scopes: ['thing*'] })).rejects.toThrow(
      'createApiKey.scopes[0]: must be a permission such as `resource:action`, or a wildcard: `resource:*`, `*:action` or `*`',
    )
  })
})
