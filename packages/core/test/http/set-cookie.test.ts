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
