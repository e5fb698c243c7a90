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
