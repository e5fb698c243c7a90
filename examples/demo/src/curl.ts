import type { Credentials, Presented } from './credentials.js'
import { APP_ORIGIN } from './demo.js'

/** Lines to paste into a shell, one per credential and framework, and what each must answer. */
export function curlLines(urls: Readonly<Record<string, string>>, { ada, expired }: Credentials): string[] {
  const examples: readonly (readonly [title: string, request: string, headers: Presented])[] = [
    ['legacy bearer: 200', 'GET /me', ada.legacy],
    ['Better Auth cookie: 200', 'GET /me', ada.cookie],
    ['Better Auth bearer: 200', 'GET /me', ada.bearer],
    ['WorkOS bearer: 200', 'GET /me', ada.workos],
    ['API key: 200', 'GET /me', ada.apiKey],
    ['Better Auth cookie, from the own page: 201', 'POST /things', { ...ada.cookie, origin: APP_ORIGIN }],
    ['API key for reading: 403', 'POST /things', ada.apiKey],
    ['no admin: 403', 'GET /admin', ada.legacy],
    ['expired legacy bearer: 401', 'GET /me', expired.legacy],
    ['none: 401', 'GET /me', {}],
  ]
  return examples.flatMap(([title, request, headers]) => [
    `# ${title}`,
    ...Object.values(urls).map((url) => curl(url, request, headers)),
  ])
}

function curl(url: string, request: string, headers: Presented): string {
  const [method, path] = request.split(' ') as [string, string]
  const options = Object.entries(headers).map(([name, value]) => `-H "${name}: ${value}"`)
  return ['curl -i', ...(method === 'GET' ? [] : [`-X ${method}`]), ...options, url + path].join(' ')
}
