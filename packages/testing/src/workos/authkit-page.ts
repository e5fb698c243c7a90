import type { ServerResponse } from 'node:http'

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; background: #f3f4f8; color: #222; display: grid; place-items: center; min-height: 90vh }
form { background: #fff; border: 1px solid #dcdfe8; border-radius: 12px; padding: 2rem; display: grid; gap: .75rem; width: 18rem }
h1 { font-size: 1.2rem; margin: 0 } p { margin: 0; color: #667 }
button { font: inherit; padding: .6rem; border: 0; border-radius: 8px; background: #4f46e5; color: #fff; cursor: pointer }`

/** Asks who signs in: each name has a button that repeats the request with `person`. */
export function sendPage(response: ServerResponse, names: readonly string[], parameters: URLSearchParams): void {
  const hidden = [...parameters].map(
    ([name, value]) => `<input type="hidden" name="${text(name)}" value="${text(value)}">`,
  )
  const buttons = names.map((name) => `<button name="person" value="${text(name)}">${text(name)}</button>`)
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>AuthKit</title><style>${STYLE}</style>
<form action="/user_management/authorize"><h1>Sign in</h1><p>AuthKit of a WorkOS on this machine</p>
${hidden.join('')}${buttons.join('\n')}</form>`
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(page)
}

function text(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
