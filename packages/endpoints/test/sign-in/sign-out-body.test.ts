import { afterEach, describe, expect, it } from 'vitest'
import type { TokenProvider } from '../../src/index.js'
import { APPS } from '../apps.js'
import { createWorld, type World } from './world.js'

const NOBODY: TokenProvider = {
  id: 'nobody',
  refresh: async () => ({ outcome: 'ended' }),
  revoke: async () => {},
}

let world: World | undefined
afterEach(() => world?.close())

describe.each(Object.keys(APPS))('a body that is too large, sent to %s', (framework) => {
  const large = 'x'.repeat(30_000)
  it.each<[string, string, () => BodyInit]>([
    ['JSON', 'application/json', () => JSON.stringify({ refresh_token: large })],
    ['a form', 'application/x-www-form-urlencoded', () => `grant_type=refresh_token&refresh_token=${large}`],
    ['of a length that nobody said', 'application/json', () => new Blob([`{"refresh_token":"${large}"}`]).stream()],
  ])('is answered 413 at once: %s', async (_name, type, body) => {
    world = await createWorld({ framework, bodyTokens: { provider: NOBODY, secrets: ['s'.repeat(40)] } })
    for (const path of ['/auth/sign-out', '/auth/refresh']) {
      const init = { method: 'POST', headers: { 'content-type': type }, body: body(), duplex: 'half' }
      const response = await fetch(world.origin + path, init as RequestInit)
      expect([path, response.status]).toEqual([path, 413])
      expect(((await response.json()) as { code: string }).code).toBe('body_too_large')
    }
  })
})
