/** A browser as far as a sign-in needs one: it keeps cookies by host, and follows redirects. */
export interface Browser {
  readonly ask: (url: string, init?: RequestInit) => Promise<Page>
  /** Where it ends, after all redirects. */
  readonly go: (url: string) => Promise<Page>
}

export interface Page {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

export function createBrowser(): Browser {
  const jar = new Map<string, string>()
  const ask: Browser['ask'] = async (url, init = {}) => {
    const { host } = new URL(url)
    const headers = new Headers(init.headers)
    const sent = [...jar].flatMap(([key, pair]) => (key.startsWith(`${host} `) ? [pair] : []))
    headers.set('cookie', sent.join('; '))
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const field of response.headers.getSetCookie()) {
      const [pair = ''] = field.split(';', 1)
      jar.set(`${host} ${pair.slice(0, pair.indexOf('='))}`, pair)
    }
    return { url, status: response.status, headers: response.headers, text: await response.text() }
  }
  return {
    ask,
    async go(url) {
      let page = await ask(url)
      for (let step = 0; step < 12; step++) {
        const location = page.headers.get('location')
        if (location === null) return page
        page = await ask(new URL(location, page.url).href)
      }
      throw new Error('more than 12 redirects')
    },
  }
}
