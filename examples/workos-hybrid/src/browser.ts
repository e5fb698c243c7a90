/** A browser as far as this example needs one: it keeps cookies by host, follows redirects and sends forms. */
export interface Browser {
  /** Where it ends, after all redirects: its status, path and title, or the code of a refusal. */
  open(path: string): Promise<string>
  /** Presses the button of a form. */
  send(path: string, fields: Readonly<Record<string, string>>): Promise<string>
  /** One request, whose redirect is not followed: its status, and the code of a refusal. @param from The site whose page sends it. */
  ask(path: string, from: string): Promise<string>
  /** The last page. */
  readonly page: string
  /** Cookies of the application. */
  readonly cookies: Map<string, string>
}

const MAX_REDIRECTS = 10

/** @param person Whose button is pressed where AuthKit asks. */
export function createBrowser(origin: string, person: string): Browser {
  const jars = new Map<string, Map<string, string>>()
  let page = ''
  const jarOf = (host: string): Map<string, string> => {
    const jar = jars.get(host) ?? new Map<string, string>()
    jars.set(host, jar)
    return jar
  }

  async function go(url: URL, init: RequestInit = {}, from: string | null = null, steps = 0): Promise<string> {
    const jar = jarOf(url.host)
    const site = from === null ? 'none' : from === url.origin ? 'same-origin' : 'cross-site'
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = { accept: 'text/html', ...(cookie !== '' && { cookie }), 'sec-fetch-site': site }
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const field of response.headers.getSetCookie()) keep(jar, field)
    page = await response.text()
    const location = response.headers.get('location')
    if (location !== null && steps < MAX_REDIRECTS) return go(new URL(location, url), {}, url.origin, steps + 1)
    if (page.includes('<title>AuthKit</title>') && steps < MAX_REDIRECTS) {
      url.searchParams.set('person', person)
      return go(url, {}, url.origin, steps + 1)
    }
    const title =
      /<code>(.*?)<\/code>/.exec(page)?.[1] ??
      /<title>(.*?)<\/title>/.exec(page)?.[1] ??
      (JSON.parse(page) as { code?: string }).code ??
      ''
    return `${response.status} ${url.host === new URL(origin).host ? url.pathname : url.origin} ${title}`
  }

  return {
    get page() {
      return page
    },
    cookies: jarOf(new URL(origin).host),
    open: (path) => go(new URL(path, origin)),
    async ask(path, from) {
      const cookie = [...jarOf(new URL(origin).host)].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await fetch(new URL(path, origin), {
        method: path === '/auth/sign-out' ? 'POST' : 'GET',
        headers: { cookie, origin: from, 'sec-fetch-site': from === origin ? 'same-origin' : 'cross-site' },
        redirect: 'manual',
      })
      const { code } = (await response.json().catch(() => ({}))) as { code?: string }
      return [response.status, code].filter(Boolean).join(' ')
    },
    send: (path, fields) => go(new URL(path, origin), { method: 'POST', body: new URLSearchParams(fields) }, origin),
  }
}

function keep(jar: Map<string, string>, field: string): void {
  const [pair = ''] = field.split(';', 1)
  const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
  if (value === '' || /;\s*max-age=0/i.test(field)) jar.delete(name)
  else jar.set(name, value)
}
