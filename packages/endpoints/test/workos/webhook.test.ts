import { describe, expect, it } from 'vitest'
import { workosWebhook } from '../../src/index.js'
import { digestOf, endpoint, eventText, fakeSync, NOW, SECRET, signatureOf } from './delivery.js'

const USER = { object: 'user', id: 'user_01', updated_at: new Date(NOW).toISOString() }
const BODY = eventText('user.updated', USER)

describe('a genuine delivery', () => {
  it('is kept and answered 200', async () => {
    const { send, sync, deliveries } = endpoint()
    const { status, text, headers } = await send(BODY)
    expect([status, JSON.parse(text), headers.get('cache-control')]).toEqual([
      200,
      { received: true },
      'private, no-store',
    ])
    expect(sync.kept).toEqual([
      { id: 'event_01', event: 'user.updated', createdAt: new Date(NOW).toISOString(), data: USER },
    ])
    expect(deliveries).toEqual([
      { outcome: 'applied', id: 'event_01', event: 'user.updated', code: null, reason: null },
    ])
  })

  it('is signed over its bytes, whatever they would be when written again', async () => {
    const body = new TextEncoder()
      .encode(`{ "created_at":"2026-11-29T12:00:00Z",\r\n "id":"event_01", "event":"user.updated",
      "data": {"id":"user_01", "last_name":"M\\u00fcller ü 😀", "n": 1.0, "n": 2.0}} `)
    const { send } = endpoint()
    expect(await send(body)).toMatchObject({ status: 200 })
  })

  it('may be signed with any of several secrets, and by several signatures', async () => {
    const old = 'whsec_of_last_month_0123456789'
    const { send } = endpoint({ secrets: [SECRET, old] })
    expect(await send(BODY, { 'workos-signature': signatureOf(BODY, NOW, old) })).toMatchObject({ status: 200 })
    const two = `v1=${'0'.repeat(64)},v1=${digestOf(BODY)} ,\tt=${NOW}, v2=somethingNew`
    expect(await send(BODY, { 'workos-signature': two })).toMatchObject({ status: 200 })
  })

  it('counts once, however often it is delivered', async () => {
    const seen: string[] = []
    const { send, deliveries } = endpoint({ handle: ({ id }) => void seen.push(id) })
    await send(BODY)
    expect(await send(BODY)).toMatchObject({ status: 200 })
    expect([seen, deliveries.map(({ outcome }) => outcome)]).toEqual([['event_01'], ['applied', 'duplicate']])
  })

  it('of a type that is not known here is answered 200 and counted', async () => {
    const { send, deliveries } = endpoint()
    expect(await send(eventText('dsync.group.user_added', { any: 'thing' }))).toMatchObject({ status: 200 })
    expect(deliveries).toMatchObject([{ outcome: 'unknown', event: 'dsync.group.user_added' }])
  })

  it('ends a session at every verifier that takes it', async () => {
    const { send, revoked, deliveries } = endpoint()
    expect(await send(eventText('session.revoked', { id: 'session_01', user_id: 'user_01' }))).toMatchObject({
      status: 200,
    })
    expect(revoked).toEqual([{ session: 'session_01', verifier: 'workos' }])
    expect(deliveries).toMatchObject([{ outcome: 'applied' }])
  })

  it('changes nothing because a counter throws', async () => {
    const { send } = endpoint({
      onDelivery: () => {
        throw new Error('no metrics today')
      },
    })
    expect(await send(BODY)).toMatchObject({ status: 200 })
  })
})

describe('a time', () => {
  it.each([
    [-180_000, 200],
    [180_000, 200],
    [-180_001, 400],
    [180_001, 400],
    [86_400_000, 400],
  ])('%i ms from now is answered %i', async (offset, status) => {
    const { send } = endpoint()
    const answer = await send(BODY, { 'workos-signature': signatureOf(BODY, NOW + offset) })
    expect(answer.status).toBe(status)
    if (status === 400) expect(answer).toMatchObject({ code: 'signature_invalid', reason: 'out_of_time' })
  })

  it('counts only of what is genuine', async () => {
    const { send } = endpoint()
    const header = signatureOf(BODY, NOW - 86_400_000, 'somebody_elses_secret_0123')
    expect(await send(BODY, { 'workos-signature': header })).toMatchObject({ reason: 'mismatch' })
  })

  it('that an attacker writes in front of a captured signature is not the one that was signed', async () => {
    const { send, sync } = endpoint()
    const captured = digestOf(BODY, NOW - 86_400_000)
    expect(await send(BODY, { 'workos-signature': `t=${NOW}, v1=${captured}` })).toMatchObject({
      status: 400,
      reason: 'mismatch',
    })
    expect(sync.kept).toEqual([])
  })
})

describe('a signature', () => {
  const good = digestOf(BODY)
  it.each([
    ['', 'malformed'],
    [`t=${NOW}`, 'malformed'],
    [`v1=${good}`, 'malformed'],
    [`t=${NOW}, v1=`, 'malformed'],
    [`t=${NOW}, v1=${good.slice(1)}`, 'malformed'],
    [`t=${NOW}, v1=${good.toUpperCase()}`, 'malformed'],
    [`t=${NOW}, v1=${good}, junk`, 'malformed'],
    [`t=${NOW}, v1=${good}, `, 'malformed'],
    [`t=${NOW}; v1=${good}`, 'malformed'],
    [`t=${NOW}, t=${NOW}, v1=${good}`, 'malformed'],
    [`t=${NOW}, v1=${good}, t=${NOW}, v1=${good}`, 'malformed'],
    [`t=abc, v1=${good}`, 'malformed'],
    [`t=NaN, v1=${good}`, 'malformed'],
    [`t=0${NOW}, v1=${good}`, 'malformed'],
    [`t=-${NOW}, v1=${good}`, 'malformed'],
    [`t=1e12, v1=${good}`, 'malformed'],
    [`t=99999999999999999, v1=${good}`, 'malformed'],
    [`t=${NOW}, v1=${good}${`, v1=${good}`.repeat(8)}`, 'malformed'],
    [`t=${NOW}, v1=${good}${', v2=x'.repeat(500)}`, 'malformed'],
    [`t=${NOW}, v0=${good}`, 'malformed'],
    [`t=${NOW}, v1=${'0'.repeat(64)}`, 'mismatch'],
    [null, 'missing'],
  ])('%j is refused as %s', async (header, reason) => {
    const { send, sync, deliveries } = endpoint()
    const answer = await send(BODY, { 'workos-signature': header })
    expect(answer).toMatchObject({ status: 400, code: 'signature_invalid', reason })
    expect(answer.text).not.toContain(SECRET)
    expect([sync.kept, deliveries]).toMatchObject([[], [{ outcome: 'refused', id: null, event: null, reason }]])
  })

  it('of other bytes does not hold', async () => {
    const { send } = endpoint()
    const header = { 'workos-signature': signatureOf(BODY) }
    expect(await send(`${BODY} `, header)).toMatchObject({ status: 400, reason: 'mismatch' })
    expect(await send('', header)).toMatchObject({ status: 400, reason: 'mismatch' })
  })
})

describe('a body', () => {
  const deep = '['.repeat(100_000)
  it.each<[string, string | Uint8Array<ArrayBuffer>, number, string]>([
    ['empty', '', 400, 'request_invalid'],
    ['no JSON', '{"id":', 400, 'request_invalid'],
    ['no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 400, 'request_invalid'],
    ['a list', '[]', 400, 'request_invalid'],
    ['null', 'null', 400, 'request_invalid'],
    ['deep and broken', deep, 400, 'request_invalid'],
    ['deep', deep + ']'.repeat(100_000), 400, 'request_invalid'],
    ['without an id', eventText('user.updated', USER, { id: undefined }), 400, 'request_invalid'],
    [
      'with an id that is none',
      eventText('user.updated', USER, { id: "e'; drop table users; --" }),
      400,
      'request_invalid',
    ],
    ['with an id that holds NUL', eventText('user.updated', USER, { id: 'event_\0' }), 400, 'request_invalid'],
    ['with an id that is a list', eventText('user.updated', USER, { id: ['event_01'] }), 400, 'request_invalid'],
    ['with a type that is none', eventText('user updated', USER), 400, 'request_invalid'],
    ['with a type that holds a line break', eventText('user.updated\nforged: line', USER), 400, 'request_invalid'],
    [
      'of a day that does not exist',
      eventText('user.updated', USER, { created_at: '2026-02-30T00:00:00Z' }),
      400,
      'request_invalid',
    ],
    ['of no time', eventText('user.updated', USER, { created_at: 1764417600000 }), 400, 'request_invalid'],
    ['with data that is a list', eventText('user.updated', []), 400, 'request_invalid'],
    ['without data', eventText('user.updated', USER, { data: null }), 400, 'request_invalid'],
    ['that ends no session', eventText('session.revoked', { id: { $ne: null } }), 400, 'request_invalid'],
    ['too large', eventText('user.updated', { ...USER, name: 'x'.repeat(262_144) }), 413, 'body_too_large'],
  ])('%s is refused', async (_name, body, status, code) => {
    const { send, sync, revoked } = endpoint()
    const answer = await send(body)
    expect(answer).toMatchObject({ status, code })
    expect([sync.kept, revoked]).toEqual([[], []])
  })

  it('with a member that is called __proto__ is an event like another, and changes nobody', async () => {
    const { send, sync } = endpoint()
    const body = `{"id":"event_01","event":"user.updated","created_at":"2026-11-29T12:00:00Z","__proto__":{"polluted":true},"data":{"id":"user_01","__proto__":{"polluted":true}}}`
    expect(await send(body)).toMatchObject({ status: 200 })
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect((sync.kept[0] as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it.each([
    ['text/plain', null, 415],
    ['application/x-www-form-urlencoded', null, 415],
    [null, null, 415],
    ['application/json', 'gzip', 415],
    ['Application/JSON; charset=utf-8', 'identity', 200],
  ])('of the type %s and the encoding %s is answered %i', async (type, encoding, status) => {
    const { send } = endpoint()
    const bytes = new TextEncoder().encode(BODY)
    expect((await send(bytes, { 'content-type': type, 'content-encoding': encoding })).status).toBe(status)
  })

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])('is taken by POST only, not by %s', async (method) => {
    const { send } = endpoint()
    const { status, headers } = await send(BODY, {}, method)
    expect([status, headers.get('allow')]).toEqual([405, 'POST'])
  })
})

describe('a failure', () => {
  it('of the store is 503 with Retry-After, and the next delivery counts', async () => {
    const { send, sync, deliveries } = endpoint()
    sync.down = true
    const answer = await send(BODY)
    expect(answer).toMatchObject({ status: 503, code: 'store_unavailable' })
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(answer.text).not.toContain('db.internal')
    expect(deliveries).toMatchObject([
      { outcome: 'failed', id: 'event_01', cause: { message: expect.stringContaining('db.internal') } },
    ])
    sync.down = false
    expect(await send(BODY)).toMatchObject({ status: 200 })
    expect(deliveries[1]).toMatchObject({ outcome: 'applied' })
  })

  it('of the feed of revocations is 503, and the session is ended when the event comes again', async () => {
    let down = true
    const ended: unknown[] = []
    const { auth } = endpoint()
    const revoke = async (what: unknown): Promise<void> => {
      if (down) throw new Error('redis is away')
      ended.push(what)
    }
    const { send } = endpoint({ auth: { ...auth, revoke } })
    const body = eventText('session.revoked', { id: 'session_01' })
    expect(await send(body)).toMatchObject({ status: 503, code: 'store_unavailable' })
    down = false
    expect([(await send(body)).status, ended]).toEqual([200, [{ session: 'session_01', verifier: 'workos' }]])
  })

  it('of the application goes its way, and the event comes again', async () => {
    let broken = true
    const handled: string[] = []
    const { send, deliveries } = endpoint({
      handle({ id }) {
        if (broken) throw new TypeError('a bug')
        handled.push(id)
      },
    })
    await expect(send(BODY)).rejects.toThrow('a bug')
    broken = false
    expect([(await send(BODY)).status, handled]).toEqual([200, ['event_01']])
    expect(deliveries.map(({ outcome }) => outcome)).toEqual(['failed', 'applied'])
  })
})

it('refuses wrong options by name', () => {
  const { auth } = endpoint()
  const good = { auth, sync: fakeSync(), secrets: [SECRET] }
  const wrong: [object, RegExp][] = [
    [{ secrets: [] }, /workosWebhook\.secrets/],
    [{ secrets: ['short'] }, /workosWebhook\.secrets\[0\]/],
    [{ toleranceSeconds: 0 }, /workosWebhook\.toleranceSeconds/],
    [{ toleranceSeconds: 86_400 }, /workosWebhook\.toleranceSeconds/],
    [{ sync: {} }, /workosWebhook\.sync/],
    [{ auth: {} }, /workosWebhook\.auth/],
    [{ verifiers: [] }, /workosWebhook\.verifiers/],
    [{ handleTimeoutMs: 0 }, /workosWebhook\.handleTimeoutMs/],
    [{ verifiers: ['workos', 'cookie'] }, /workosWebhook\.verifiers\[1\]: must be one of workos/],
    [{ tolerance: 5 }, /workosWebhook\.tolerance/],
  ]
  for (const [more, message] of wrong) expect(() => workosWebhook({ ...good, ...more })).toThrow(message)
})
