// A worker that judges credentials for others, by RPC and over HTTP: `remote` in worker.mjs asks it.
import { createDualAuth, legacyJwt, serveRemote, serveRemoteFetch } from '@dualauth/core'
import { WorkerEntrypoint } from 'cloudflare:workers'

const instances = new WeakMap()

/** One instance for each environment: Workers hand theirs out with the request. */
function authOf(env) {
  const known = instances.get(env)
  if (known !== undefined) return known
  const auth = createDualAuth({
    verifiers: [
      legacyJwt({ name: 'legacy', algorithms: ['HS256'], secrets: [env.JWT_SECRET], purpose: 'only-access-tokens' }),
    ],
    link: ({ subject }) => (subject === 'stranger' ? null : { id: `account-${subject}`, roles: ['editor'] }),
  })
  instances.set(env, auth)
  return auth
}

export default class extends WorkerEntrypoint {
  validate(credential) {
    return serveRemote(authOf(this.env))(credential)
  }

  hang() {
    return new Promise((resolve) => setTimeout(() => resolve(null), 60_000))
  }

  fetch(request) {
    return serveRemoteFetch(authOf(this.env), { secrets: [this.env.REMOTE_SECRET] })(request)
  }
}
