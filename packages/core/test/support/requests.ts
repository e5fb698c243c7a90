import type { AuthRequest } from '../../src/index.js'

type Fields = Readonly<Record<string, string | readonly string[]>>

export function request(headers: Fields = {}, method = 'GET'): AuthRequest {
  return { method, headers }
}

export function bearer(token: string, more: Fields = {}): AuthRequest {
  return request({ authorization: `Bearer ${token}`, ...more })
}

export function apiKey(key: string): AuthRequest {
  return request({ 'x-api-key': key })
}

/** A `Cookie` field of name and value pairs, as a browser writes it. */
export function cookieField(...pairs: readonly (readonly [name: string, value: string])[]): string {
  return pairs.map(([name, value]) => `${name}=${value}`).join('; ')
}

export function cookies(...pairs: readonly (readonly [name: string, value: string])[]): AuthRequest {
  return request({ cookie: cookieField(...pairs) })
}

/** The same header fields as Node, the Web and a plain object hand them out. */
export function everyKindOf(fields: readonly (readonly [string, string])[], method = 'GET'): [string, AuthRequest][] {
  const grouped: Record<string, string[]> = {}
  for (const [name, value] of fields) (grouped[name.toLowerCase()] ??= []).push(value)
  // Node keeps the first of some fields and joins the others.
  const kept = (name: string, values: string[]) =>
    name === 'authorization' ? values[0] : values.join(name === 'cookie' ? '; ' : ', ')
  const byNode = Object.fromEntries(Object.entries(grouped).map(([name, values]) => [name, kept(name, values)]))
  return [
    ['a Node request', { method, headers: byNode, rawHeaders: fields.flat() }],
    [
      'a Web Request',
      new Request('http://localhost/', { method, headers: fields.map(([n, v]): [string, string] => [n, v]) }),
    ],
    ['a plain request', { method, headers: grouped }],
  ]
}
