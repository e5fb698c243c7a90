import type { Credentials, Presented } from './credentials.js'
import { APP_ORIGIN } from './demo.js'

/** A call to paste into a shell where the variables are set, and what it must answer. */
export interface CurlLine {
  readonly title: string
  readonly status: number
  readonly line: string
}

/** `NAME=value` lines: where the APIs are, and one header for each credential. */
export function shellVariables(urls: Readonly<Record<string, string>>, { ada, expired }: Credentials): string[] {
  const headers = {
    LEGACY: ada.legacy,
    COOKIE: ada.cookie,
    BEARER: ada.bearer,
    WORKOS: ada.workos,
    API_KEY: ada.apiKey,
    EXPIRED: expired.legacy,
    ORIGIN: { origin: APP_ORIGIN },
  }
  return [
    ...Object.entries(urls).map(([framework, url]) => `${framework.toUpperCase()}=${url}`),
    ...Object.entries(headers).map(([name, header]) => `${name}='${fieldOf(header)}'`),
    'API=$EXPRESS',
  ]
}

/** The same for whichever API stands in `$API`. */
export const CURL_LINES: readonly CurlLine[] = [
  ['legacy bearer', 200, '-H "$LEGACY" $API/me'],
  ['Better Auth cookie', 200, '-H "$COOKIE" $API/me'],
  ['Better Auth bearer', 200, '-H "$BEARER" $API/me'],
  ['WorkOS bearer', 200, '-H "$WORKOS" $API/me'],
  ['API key', 200, '-H "$API_KEY" $API/me'],
  ['Better Auth cookie, from the own page', 201, '-X POST -H "$COOKIE" -H "$ORIGIN" $API/things'],
  ['Better Auth cookie, from anywhere', 403, '-X POST -H "$COOKIE" $API/things'],
  ['API key for reading', 403, '-X POST -H "$API_KEY" $API/things'],
  ['no admin', 403, '-H "$LEGACY" $API/admin'],
  ['expired legacy bearer', 401, '-H "$EXPIRED" $API/me'],
  ['none', 401, '$API/me'],
].map(([title, status, request]) => ({ title, status, line: `curl -i ${request}` }) as CurlLine)

function fieldOf(header: Presented): string {
  const [[name, value]] = Object.entries(header) as [[string, string]]
  return `${name}: ${value}`
}
