import { describe, expect, it } from 'vitest'
import { createState, permissionRequirement, runGuard } from '../../src/adapter/index.js'
import { legacyAuth } from '../support/legacy.js'
import { bearer } from '../support/requests.js'
import { legacyClaims, mint } from '../support/tokens.js'

const auth = legacyAuth()
const request = bearer(mint({ claims: legacyClaims({ permissions: ['things:read'] }) }))

async function caller() {
  const result = await auth.authenticate(request)
  if (!result.ok) throw result.error
  return result.principal
}

describe('a callback of the app', () => {
  it.each([undefined, null, false, 0, '', 'no'])(
    'that rejects with %j, or throws it, fails as an error',
    async (reason) => {
      const principal = await caller()
      const thrown = () => {
        throw reason
      }
      for (const rule of [() => Promise.reject(reason as unknown as Error), thrown]) {
        const error = await auth.authorize(principal, rule).catch((cause: unknown) => cause)
        expect(error).toBeInstanceOf(Error)
        expect((error as Error).cause).toBe(reason)
      }
    },
  )

  it('that throws an error of its own passes it on', async () => {
    const own = new Error('the database is down')
    await expect(auth.authorize(await caller(), () => Promise.reject(own))).rejects.toBe(own)
  })

  it.each([1, 'true', {}, undefined])('that answers %j instead of true lets nobody in', async (answer) => {
    expect(await auth.authorize(await caller(), () => answer as boolean)).toMatchObject({ ok: false })
  })
})

describe('a list of permissions with a hole', () => {
  // A doubled comma, in JavaScript.
  const holed = Object.assign([] as string[], { 0: 'things:read', 2: 'things:delete' })

  it.each(['all', 'any'])('is refused where the route is declared: %s', (kind) => {
    expect(() => permissionRequirement([{ [kind]: holed }])).toThrow(`.${kind}[1]`)
  })

  it('that comes to be later ends nothing early', async () => {
    const all = ['things:read', 'things:read', 'things:delete']
    const requirement = permissionRequirement([{ all }])
    Reflect.deleteProperty(all, 1)
    const verdict = (async () => runGuard(createState(), auth, request, null, requirement))()
    await expect(verdict.catch(() => ({ kind: 'thrown' }))).resolves.not.toMatchObject({ kind: 'pass' })
  })
})
