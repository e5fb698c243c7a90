import { describe, expect, it } from 'vitest'
import { B64TOKEN, HEADER_KEY, TOKEN } from '../../src/http/grammar.js'

const ASCII = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
const taken = (grammar: RegExp) => ASCII.filter((character) => grammar.test(character)).join('')

describe('the grammar of HTTP', () => {
  it('takes as a token what RFC 9110 calls tchar', () => {
    expect(taken(TOKEN)).toBe("!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~")
  })

  it('takes as a bearer what RFC 6750 calls b64token, `=` at its end only', () => {
    expect(taken(B64TOKEN)).toBe('+-./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~')
    expect(['a=', 'a==', '=a', 'a=b', 'a b', 'a,b', ''].filter((text) => B64TOKEN.test(text))).toEqual(['a=', 'a=='])
  })

  it('takes as a key of a header what is visible and no comma', () => {
    expect(taken(HEADER_KEY)).toBe(ASCII.slice(0x21, 0x7f).join('').replace(',', ''))
  })

  it.each([TOKEN, B64TOKEN, HEADER_KEY])(
    '%s takes nothing, a line end or a character beyond ASCII for none',
    (grammar) => {
      expect(['', 'a\n', '\na', 'ä', 'a\u2028'].filter((text) => grammar.test(text))).toEqual([])
    },
  )
})
