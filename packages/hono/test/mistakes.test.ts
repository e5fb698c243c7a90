import { createSubject, type Subject } from '@dualauth/conformance'
import { Hono } from 'hono'
import { beforeEach, describe, expect, it } from 'vitest'
import { dualAuth, getPrincipal, requireAuth } from '../src/index.js'

let subject: Subject
let app: Hono
beforeEach(async () => {
  subject = await createSubject()
  app = new Hono()
  app.onError((error, c) => c.json({ code: (error as { code?: string }).code, message: error.message }, 500))
})

const failure = async (): Promise<unknown> => {
  const headers = { authorization: `Bearer ${subject.token('editor-1')}` }
  return (await app.request('/', { headers })).json()
}

// The wording is what is promised here: whoever reads it must know what to write instead.
describe('a mistake says what to write instead', () => {
  it('dualAuth passed without calling it', async () => {
    app.use(dualAuth as never)
    expect(await failure()).toEqual({
      code: 'guard_not_called',
      message: 'dualAuth was passed without being called; write app.use(dualAuth(auth))',
    })
  })

  it('requireAuth where nothing is mounted', async () => {
    app.get('/', requireAuth(), (c) => c.text(''))
    expect(await failure()).toEqual({
      code: 'middleware_missing',
      message: 'requireAuth: no dualAuth is mounted above this route; write app.use(dualAuth(auth))',
    })
  })

  it('getPrincipal where nothing is mounted', async () => {
    app.get('/', (c) => c.json({ id: getPrincipal(c).id }))
    expect(await failure()).toMatchObject({
      code: 'middleware_missing',
      message: 'getPrincipal: no dualAuth is mounted above this route; write app.use(dualAuth(auth))',
    })
  })

  it('the principal of an instance whose guards did not run', async () => {
    app.use(dualAuth(subject.auth), requireAuth())
    app.get('/', (c) => c.json({ id: getPrincipal(c, subject.other).id }))
    expect(await failure()).toMatchObject({
      code: 'principal_missing',
      message: expect.stringContaining('no guard of that instance authenticated this request') as string,
    })
  })

  it('what is no instance', async () => {
    const mount = dualAuth as (...args: unknown[]) => unknown
    expect(() => mount(subject.auth, { onRefusal: 'next' })).toThrow(
      'dualAuth: takes no options; write app.use(dualAuth(auth))',
    )
    expect(() => dualAuth({ auth: subject.auth } as never)).toThrow(
      'dualAuth.auth: must be what createDualAuth() returned; write app.use(dualAuth(auth))',
    )
    app.use(dualAuth(() => ({}) as never))
    expect(await failure()).toMatchObject({
      code: 'configuration_invalid',
      message: 'dualAuth.auth: must be what createDualAuth() returned; write (c) => auth',
    })
  })
})
