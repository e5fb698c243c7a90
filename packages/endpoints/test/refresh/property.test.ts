import { createDualAuth, type DualAuth } from '@dualauth/core'
import { createLegacyIssuer } from '@dualauth/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { refreshEndpoint, type Endpoints, type TokenProvider } from '../../src/index.js'
import { createSharedStore } from './store.js'
import { ask } from './world.js'
import { legacyOf } from '../legacy.js'

/** One call of a client that may hold any token that it ever got. */
interface Step {
  readonly waitSeconds: number
  /** Back from the newest token. */
  readonly back: number
  readonly instance: 0 | 1
  readonly isDown: boolean
}

const step: fc.Arbitrary<Step> = fc.record({
  waitSeconds: fc.constantFrom(0, 0, 1, 10, 29, 31),
  back: fc.constantFrom(0, 0, 0, 1, 1, 2, 3),
  instance: fc.constantFrom(0 as const, 1 as const),
  isDown: fc.constantFrom(false, false, false, true),
})

const GRACE_SECONDS = 30

/** A provider that spends each token, and two instances that share a store. */
function open() {
  const start = Date.now()
  const state = { nowMs: start, isDown: false, calls: 0, good: 'at-sign-in' }
  const now = (): number => state.nowMs
  const issuer = createLegacyIssuer({ now })
  const provider: TokenProvider = {
    id: 'a provider',
    async refresh({ refreshToken }) {
      if (state.isDown) throw new Error('connection refused')
      if (refreshToken !== state.good) return { outcome: 'ended' }
      state.good = `provider-${++state.calls}`
      const accessToken = issuer.sign({ userId: 'ada', jti: state.good })
      return { outcome: 'granted', accessToken, refreshToken: state.good, expiresInSeconds: 300, organization: null }
    },
    revoke: async () => {},
  }
  const store = createSharedStore(now)
  const instance = (): Endpoints => {
    const auth = createDualAuth({
      verifiers: [legacyOf(issuer)],
      now,
    }) as DualAuth
    const bodyTokens = { provider, secrets: ['s'.repeat(32)], store, graceSeconds: GRACE_SECONDS }
    return refreshEndpoint({ auth, bodyTokens, now })
  }
  const instances = [instance(), instance()] as const
  const refresh = (token: string, place: 0 | 1) =>
    ask(instances[place], { body: JSON.stringify({ refresh_token: token }) })
  return { state, refresh }
}

/** What must happen, without a word about how. `replacedAt` is of the token before each one. */
interface Model {
  readonly tokens: string[]
  readonly replacedAt: number[]
  isOver: boolean
}

it('whatever a client sends, and when: one line of tokens, and whoever comes too late ends it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const { state, refresh } = open()
      const model: Model = { tokens: [state.good], replacedAt: [], isOver: false }
      for (const { waitSeconds, back, instance, isDown } of steps) {
        state.nowMs += waitSeconds * 1000
        state.isDown = isDown
        const place = Math.max(0, model.tokens.length - 1 - back)
        const isNewest = place === model.tokens.length - 1
        const reply = await refresh(model.tokens[place] as string, instance)
        const replacedAt = model.replacedAt[place]
        const isInGrace = replacedAt !== undefined && state.nowMs - replacedAt < GRACE_SECONDS * 1000
        if (model.isOver) expect(reply.outcome).toBe('401 credential_revoked')
        else if (isNewest && isDown) expect(reply.outcome).toBe('503 verifier_unavailable')
        else if (isNewest) {
          expect(reply.outcome).toBe('200')
          expect(model.tokens).not.toContain(reply.refreshToken)
          model.tokens.push(reply.refreshToken)
          model.replacedAt[place] = state.nowMs
        } else if (isInGrace) {
          expect([reply.outcome, reply.refreshToken]).toEqual(['200', model.tokens.at(-1)])
        } else {
          expect(reply.outcome).toBe('401 credential_revoked')
          model.isOver = true
        }
      }
      expect(state.calls).toBe(model.tokens.length - 1)
    }),
    { numRuns: 40 },
  )
}, 120_000)
