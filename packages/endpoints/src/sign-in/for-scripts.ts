/**
 * A script cannot follow a redirect to the pages of a provider: where it asks for JSON, it is told where to go on. What would show the
 * provider who that is stays away from scripts; the provider may ask the person then.
 */
export function forScripts({ headers: asked }: Request, redirected: Response): Response {
  const accept = asked.get('accept') ?? ''
  const to = redirected.headers.get('location')
  if (to === null || !accept.includes('application/json') || accept.includes('text/html')) return redirected
  const location = new URL(to)
  for (const hint of ['id_token_hint', 'logout_hint']) location.searchParams.delete(hint)
  const headers = new Headers(redirected.headers)
  headers.delete('location')
  headers.set('content-type', 'application/json; charset=utf-8')
  return new Response(JSON.stringify({ location: location.href }), { status: 200, headers })
}
