import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { pageUrl } from '../../src/outbound/page-url.js'

const problemOf = (value: unknown): string | null => {
  const result = z.safeParse(pageUrl, value, { jitless: true })
  return result.success ? null : (result.error.issues[0]?.message ?? '')
}

describe('a page that answers point to', () => {
  it.each([
    'https://docs.example.com/moving?x=1#y',
    'http://localhost:3000/moving',
    'http://127.0.0.1/',
    'http://[::1]/',
  ])('may be %s', (page) => expect(problemOf(page)).toBeNull())

  it.each(['http://docs.example.com/', '/moving', 'https://docs.example.com/ü', 'https://a@docs.example.com/', 7])(
    'may not be %s, and the refusal names what may',
    (page) => expect(problemOf(page)).toMatch(/https URL \(http on loopback\)/),
  )
})
