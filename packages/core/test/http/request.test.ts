import { describe, expect, it } from 'vitest'
import { headerView, isPreflight } from '../../src/http/request.js'
import { everyKindOf } from '../support/requests.js'

describe('headerView', () => {
  it.each(everyKindOf([['X-Thing', 'one']]))('finds a field of %s by its lower-case name', (_, sent) => {
    expect(headerView(sent).values('x-thing')).toEqual(['one'])
    expect(headerView(sent).values('x-other')).toEqual([])
  })

  it('shows each repeated field of a Node request, and a joined one of a Web Request', () => {
    const [node, web, plain] = everyKindOf([
      ['X-Thing', 'one'],
      ['x-thing', 'two'],
    ]).map(([, sent]) => headerView(sent).values('x-thing'))
    expect(node).toEqual(['one', 'two'])
    expect(web).toEqual(['one, two'])
    expect(plain).toEqual(['one', 'two'])
  })

  it('joins differently spelled names of a plain request', () => {
    expect(headerView({ method: 'GET', headers: { A: 'one', a: ['two'] } }).values('a')).toEqual(['one', 'two'])
  })

  it('reads no inherited member as a field', () => {
    expect(headerView({ method: 'GET', headers: {} }).values('constructor')).toEqual([])
    expect(headerView({ method: 'GET', headers: { get: 'x' } as never }).values('get')).toEqual(['x'])
  })

  it('reads a map of headers, also where it holds lists or what is no text', () => {
    const headers = new Map<string, unknown>([
      ['cookie', ['a=1', 'b=2']],
      ['authorization', 5],
    ])
    const { values } = headerView({ method: 'GET', headers } as never)
    expect([values('cookie'), values('authorization'), values('origin')]).toEqual([['a=1', 'b=2'], ['\u0000'], []])
  })

  it('does not take a missing method for a safe one', () => {
    expect(headerView({ headers: {}, rawHeaders: [] }).method).toBe('')
    expect(headerView({ method: 5, headers: {} } as never).method).toBe('')
    expect(headerView({ method: 'post', headers: {} }).method).toBe('POST')
  })
})

describe('isPreflight', () => {
  const preflight = { origin: 'https://a.example', 'access-control-request-method': 'POST' }

  it('is an OPTIONS request with an origin and a requested method', () => {
    expect(isPreflight(headerView({ method: 'OPTIONS', headers: preflight }))).toBe(true)
  })

  it('is nothing else', () => {
    expect(isPreflight(headerView({ method: 'POST', headers: preflight }))).toBe(false)
    expect(isPreflight(headerView({ method: 'OPTIONS', headers: { origin: 'https://a.example' } }))).toBe(false)
    expect(isPreflight(headerView({ method: 'OPTIONS', headers: {} }))).toBe(false)
  })
})
