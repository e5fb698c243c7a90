// Judges mutated credentials with the port that this process was started for (`--conditions workerd`
// takes the one on WebCrypto), and prints what became of them: counts, and a hash over every verdict.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { authJs, betterAuth, createDualAuth, legacyJwt, workos, workosSession } from '@dualauth/core'
import { asCarried, createRandom, mutated } from './mutate.mjs'

const { kinds, seed, count } = JSON.parse(readFileSync(0, 'utf8'))

for (const kind of kinds) {
  const { auth, close } = await open(kind)
  const random = createRandom(seed)
  const hash = createHash('sha256')
  const verdicts = {}
  const accepted = []
  for (let i = 0; i < count; i++) {
    const value = mutated(kind.credentials, random)
    const headers = headersOf(kind, value)
    const result = await auth.authenticate({ method: 'GET', headers })
    const verdict = result.ok ? `200 ${result.principal.id}` : `${result.error.code} ${result.reason}`
    if (result.ok) accepted.push(i)
    const isGenuine = kind.credentials.includes(asCarried(value, kind))
    hash.update(`${verdict}\n`)
    const name = result.ok ? (isGenuine ? 'genuine, accepted' : 'MUTATED, ACCEPTED') : verdict
    verdicts[name] = (verdicts[name] ?? 0) + 1
  }
  await close()
  console.log(JSON.stringify({ kind: kind.name, hash: hash.digest('hex'), verdicts, accepted }))
}

function headersOf({ cookie, beside, header }, value) {
  if (header !== undefined) return { [header]: value }
  if (cookie === undefined) return { authorization: `Bearer ${value}` }
  const mutatedCookie = `${cookie}=${value}`
  return { cookie: beside === undefined ? mutatedCookie : `${beside}; ${mutatedCookie}` }
}

/** Every kid has the same key, and time stands still: unknown kids have a budget, and both ports must spend it alike. */
function openBalanced(pem, signer) {
  const verifier = legacyJwt({
    name: 'balanced',
    algorithms: ['ES256'],
    loadBalancer: { signer },
    issuer: 'https://id.example.com',
    purpose: 'only-access-tokens',
    keySetOptions: { fetch: async () => new Response(pem) },
  })
  const startedAt = Date.now()
  return createDualAuth({ remember: false, verifiers: [verifier], now: () => startedAt })
}

async function open({
  jwk,
  secret,
  algorithm,
  clientId,
  password,
  betterAuthSecret,
  authJsSecret,
  version,
  pem,
  signer,
}) {
  if (pem !== undefined) return { auth: openBalanced(pem, signer), close: async () => {} }
  if (authJsSecret !== undefined) {
    const verifier = authJs({ name: 'auth-js', secrets: [authJsSecret], version })
    return { auth: createDualAuth({ remember: false, verifiers: [verifier] }), close: async () => {} }
  }
  if (betterAuthSecret !== undefined) {
    const verifier = betterAuth({ name: 'better-auth', secrets: [betterAuthSecret], sessions: 'stateless' })
    return { auth: createDualAuth({ remember: false, verifiers: [verifier] }), close: async () => {} }
  }
  if (clientId === undefined) {
    const keys = secret === undefined ? { keySet: { keys: [jwk] } } : { secrets: [secret] }
    const verifier = legacyJwt({ name: 'legacy', algorithms: [algorithm], purpose: 'only-access-tokens', ...keys })
    return { auth: createDualAuth({ remember: false, verifiers: [verifier] }), close: async () => {} }
  }
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [jwk] }))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const apiUrl = `http://127.0.0.1:${server.address().port}`
  const session = workosSession({ cookiePasswords: [password] })
  const verifier = workos({ name: 'workos', clientId, apiUrl, issuers: ['https://api.workos.com'], session })
  const auth = createDualAuth({ remember: false, verifiers: [verifier] })
  await auth.ready()
  return { auth, close: async () => (await auth.close(), server.close()) }
}
