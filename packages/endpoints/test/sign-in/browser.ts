/** A browser as far as sign-in needs one: it keeps cookies by host and path, and follows redirects. */
export interface Browser {
  /** Where it ends, after all redirects. */
  go(url: string, init?: RequestInit): Promise<Page>
  /** One request, whose redirect is not followed. */
  ask(url: string, init?: RequestInit): Promise<Page>
  /** Of a host, such as `127.0.0.1:4000`. */
  cookies(host: string): Map<string, string>
}

export interface Page {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

const MAX_REDIRECTS = 12

/** @param fields Of every request, unless it has its own. */
export function createBrowser(fields: Readonly<Record<string, string>> = {}): Browser {
  const jar = new Map<string, Map<string, string>>()
  const paths = new Map<string, string>()
  const cookies = (host: string): Map<string, string> => {
    const own = jar.get(host) ?? new Map<string, string>()
    jar.set(host, own)
    return own
  }

  async function ask(url: string, init: RequestInit = {}): Promise<Page> {
    const { host } = new URL(url)
    const headers = new Headers({ ...fields, ...(init.headers as Record<string, string> | undefined) })
    const { pathname } = new URL(url)
    const sent = [...cookies(host)]
      .filter(([name]) => pathname.startsWith(paths.get(`${host} ${name}`) ?? '/'))
      .map(([name, value]) => `${name}=${value}`)
      .join('; ')
    if (sent !== '') headers.set('cookie', sent)
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const field of response.headers.getSetCookie()) {
      const name = keep(cookies(host), field)
      paths.set(`${host} ${name}`, /; path=([^;]+)/i.exec(field)?.[1] ?? '/')
    }
    return { url, status: response.status, headers: response.headers, text: await response.text() }
  }

  return {
    ask,
    cookies,
    async go(url, init) {
      let page = await ask(url, init)
      for (let step = 0; step < MAX_REDIRECTS; step++) {
        const location = page.headers.get('location')
        if (location === null) return page
        page = await ask(new URL(location, page.url).href)
      }
      throw new Error(`${url}: more than ${MAX_REDIRECTS} redirects`)
    },
  }
}

/** Another browser with the cookies that this one has for a host, such as that of whoever stole them. */
export function copyOf(browser: Browser, host: string): Browser {
  const copy = createBrowser()
  for (const [name, value] of browser.cookies(host)) copy.cookies(host).set(name, value)
  return copy
}

/** @returns its name. */
function keep(cookies: Map<string, string>, field: string): string {
  const [pair = ''] = field.split(';', 1)
  const name = pair.slice(0, pair.indexOf('='))
  const value = pair.slice(pair.indexOf('=') + 1)
  const isOver = /;\s*max-age=0/i.test(field) || /;\s*expires=Thu, 01 Jan 1970/i.test(field)
  if (isOver || value === '') cookies.delete(name)
  else cookies.set(name, value)
  return name
}
