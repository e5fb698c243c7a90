import { describe, expect, it } from 'vitest'
import { cookieField, unwritten } from '../../src/http/set-cookie.js'

const cookie = (name: string) => {
  let ends = 0
  return { name, field: `${name}=1; Path=/`, endSession: () => void ends++, ends: () => ends }
}

describe('a cookie that a verifier wants written', () => {
  it('has safe attributes unless the app says otherwise', () => {
    expect(cookieField('s', 'v', {})).toBe('s=v; Path=/; HttpOnly; Secure; SameSite=Lax')
    expect(
      cookieField('s', 'v', { path: '/a', domain: 'x.test', sameSite: 'none', secure: false, maxAgeSeconds: 60 }),
    ).toBe('s=v; Path=/a; Domain=x.test; Max-Age=60; HttpOnly; SameSite=None')
  })

  it('gives way to the handler, and is told so', () => {
    const [ours, other] = [cookie('s'), cookie('t')]
    expect(unwritten([ours, other], ['s=; Max-Age=0', 'u=1'])).toEqual(['t=1; Path=/'])
    expect([ours.ends(), other.ends()]).toEqual([1, 0])
  })
})

describe('chunks that the request brought', () => {
  const sent = (...names: string[]) => ({ name: 's', chunks: () => names })

  it('are cleared with the cookie, as the handler cleared it', () => {
    for (const rest of [
      '=; Max-Age=0; Path=/; Domain=x.test',
      '=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
      '=""; Path=/a; HttpOnly',
      '=gone; max-age=-1',
      '=',
    ])
      expect(unwritten([sent('s.0', 's.1')], [`s${rest}`, 'u=1'])).toEqual([`s.0${rest}`, `s.1${rest}`])
  })

  it('are cleared once: not those that the handler cleared', () => {
    expect(unwritten([sent('s.0', 's.1')], ['s.0=; Max-Age=0'])).toEqual(['s.1=; Max-Age=0'])
    expect(unwritten([sent('s.0')], ['s=; Max-Age=0', 's.0=; Max-Age=0; Path=/a'])).toEqual([])
  })

  it('stay where the cookie is written, or is another', () => {
    for (const field of [
      's=new; Path=/',
      's=new; Max-Age=60',
      's=0; Path=/max-age=0',
      't=; Max-Age=0',
      's.9=; Max-Age=0',
    ])
      expect(unwritten([sent('s.0')], [field])).toEqual([])
    expect(unwritten([sent('s.0')], [])).toEqual([])
  })

  it('are not read where nothing is cleared', () => {
    const chunks = () => {
      throw new Error('asked')
    }
    expect(unwritten([{ name: 's', chunks }], ['t=1'])).toEqual([])
  })
})

describe('a session that is handed out on the way', () => {
  const late = () => {
    const drops: string[] = []
    let taken = 0
    const take = () => (taken++, [cookie('s')])
    return { unless: ['old'], take, drop: (why: string) => void drops.push(why), drops, taken: () => taken }
  }
  const saying =
    (fields: Readonly<Record<string, string>>) =>
    (name: string): string | null =>
      fields[name] ?? null

  it.each([
    ['Cache-Control: public, max-age=60', { 'cache-control': 'public, max-age=60' }],
    ['Cache-Control: S-MaxAge=60', { 'cache-control': 'S-MaxAge=60' }],
    ['Cache-Control: max-age=60, which does not say private', { 'cache-control': 'max-age=60' }],
    ['Cache-Control: no-cache, which may be kept', { 'cache-control': 'no-cache' }],
    ['private for one field only', { 'cache-control': 'private="x-mine, no-store", max-age=60' }],
    ['private and public at once', { 'cache-control': 'private, public, max-age=60' }],
    ['private, but public to a delivery network', { 'cache-control': 'private', 'cdn-cache-control': 'max-age=60' }],
    [
      'private, but public to the cache of one network',
      { 'cache-control': 'private', 'vercel-cdn-cache-control': 'max-age=60' },
    ],
    ['private, but kept by nginx for a while', { 'cache-control': 'private', 'x-accel-expires': '60' }],
    ['private, but kept by nginx until a time', { 'cache-control': 'no-store', 'x-accel-expires': '@1893456000' }],
    ['private, but kept by Akamai', { 'cache-control': 'private', 'edge-control': '!no-store, max-age=60' }],
    ['private, but kept by Akamai, in a word', { 'cache-control': 'private', 'edge-control': 'cache-maxage=60s' }],
    ['private, but kept by LiteSpeed', { 'cache-control': 'private', 'x-litespeed-cache-control': 'public' }],
    ['private, but public to a surrogate', { 'cache-control': 'private', 'surrogate-control': 'max-age=60' }],
  ])('waits where the answer says %s', (_what, fields) => {
    const one = late()
    expect(unwritten([one], [], saying(fields))).toEqual([])
    expect([one.taken(), one.drops]).toEqual([0, []])
  })

  it.each([
    ['nothing', {}],
    ['private', { 'cache-control': 'private' }],
    ['PRIVATE, max-age=60', { 'cache-control': 'PRIVATE, max-age=60' }],
    ['no-cache, no-store', { 'cache-control': 'no-cache, no-store' }],
    ['nothing for nginx and Akamai', { 'x-accel-expires': '0', 'edge-control': 'no-store' }],
    ['no-store everywhere', { 'cache-control': 'no-store', 'cdn-cache-control': 'no-store' }],
  ])('is written where the answer says %s', (_what, fields) => {
    expect(unwritten([late()], [], saying(fields))).toEqual(['s=1; Path=/'])
  })

  it('is dropped by a logout, also on an answer that a shared cache may keep', () => {
    const one = late()
    expect(unwritten([one], ['old=; Max-Age=0'], saying({ 'cache-control': 'public' }))).toEqual([])
    expect([one.taken(), one.drops]).toEqual([0, ['cleared']])
  })
})
