// Judges mutated credentials with the port that this process was started for (`--conditions workerd`
// takes the one on WebCrypto), and prints what became of them: counts, and a hash over every verdict.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createDualAuth, legacyJwt, workos, workosSession } from '@dualauth/core'
import { createRandom, mutated } from './mutate.mjs'

const { kinds, seed, count } = JSON.parse(readFileSync(0, 'utf8'))

for (const kind of kinds) {
  const { auth, close } = await open(kind)
  const random = createRandom(seed)
  const hash = createHash('sha256')
  const verdicts = {}
  for (let i = 0; i < count; i++) {
    const value = mutated(kind.credentials, random)
    const headers = kind.cookie ? { cookie: `${kind.cookie}=${value}` } : { authorization: `Bearer ${value}` }
    const result = await auth.authenticate({ method: 'GET', headers })
    const verdict = result.ok ? `200 ${result.principal.id}` : `${result.error.code} ${result.reason}`
    const isGenuine = kind.credentials.includes(asCarried(value, kind))
    hash.update(`${verdict}\n`)
    const name = result.ok ? (isGenuine ? 'genuine, accepted' : 'MUTATED, ACCEPTED') : verdict
    verdicts[name] = (verdicts[name] ?? 0) + 1
  }
  await close()
  console.log(JSON.stringify({ kind: kind.name, hash: hash.digest('hex'), verdicts }))
}

/** What arrives: carriers end at a semicolon and lose spaces at the ends, and the layout of a seal is not part of it. */
function asCarried(value, { cookie }) {
  if (cookie === undefined) return value.replace(/^[ \t]+|[ \t]+$/g, '')
  const arrived = value.split(';')[0].replace(/^[ \t]+|[ \t]+$/g, '')
  return arrived.endsWith('~2') ? arrived : `${arrived}~2`
}

async function open({ jwk, secret, algorithm, clientId, password }) {
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
