import { randomBytes } from 'node:crypto'
import { createDualAuth, workos, workosSession } from '@dualauth/core'
import { startFakeWorkos, type FakeWorkos } from '@dualauth/testing'
import { WorkOS } from '@workos-inc/node'
import { assertJudges, type Contender } from '../contenders.js'
import type { Group } from '../group.js'
import { mustAccept, requestWith } from '../our-auth.js'
import type { Row } from '../row.js'
import { eachTimed, takeTurns } from '../turns.js'

const SESSIONS = 100

/** Beside the real SDK's `loadSealedSession().authenticate()`; both fetch keys from a WorkOS on loopback, once. */
export const workosSessions: Group = {
  name: 'workos-sessions',
  title: 'Sealed WorkOS sessions, in process',
  async measure({ quick }) {
    const server = await startFakeWorkos()
    try {
      return await measureSessions(server, quick ? 3 : 20)
    } finally {
      await server.close()
    }
  },
}

async function measureSessions(server: FakeWorkos, rounds: number): Promise<Row[]> {
  const password = randomBytes(32).toString('base64url')
  const sealed = Array.from({ length: SESSIONS }, () => server.sealedSession(server.signIn(), { password }))
  const [first = ''] = sealed
  const forged = first.replace(/\*1\*(.)/, (_, digit: string) => `*1*${digit === '0' ? '1' : '0'}`)
  const contenders = {
    first: ours(server, password, false),
    remembered: ours(server, password),
    peer: sdk(server, password),
  }
  for (const [name, contender] of Object.entries(contenders)) await assertJudges(name, contender, first, forged)
  const turns = {
    first: eachTimed(SESSIONS, await contenders.first(sealed)),
    remembered: eachTimed(SESSIONS, await contenders.remembered(sealed)),
    peer: eachTimed(SESSIONS, await contenders.peer(sealed)),
  }
  const { first: firstSight, remembered, peer } = await takeTurns(turns, { rounds, operations: SESSIONS })
  const row = { unit: 'µs, p50', peerName: 'loadSealedSession().authenticate()' }
  return [
    {
      ...row,
      what: 'sealed session, first sight',
      series: { ours: firstSight, peer },
      target: { figure: 'peer / ours', atLeast: 8 },
    },
    {
      ...row,
      what: 'sealed session, remembered',
      series: { ours: remembered, peer },
      target: { figure: 'peer / ours', atLeast: 300 },
    },
  ]
}

function ours({ clientId, origin }: FakeWorkos, password: string, remember?: false): Contender {
  const session = workosSession({ cookiePasswords: [password] })
  const auth = createDualAuth({
    ...(remember !== undefined && { remember }),
    verifiers: [workos({ name: 'workos', clientId, apiUrl: origin, session })],
  })
  return async (sealed) => {
    await auth.ready()
    const requests = sealed.map((value) => requestWith('Cookie', `wos-session=${value}`))
    return (index) => mustAccept(auth, requests[index]!)
  }
}

function sdk({ apiKey, clientId, origin }: FakeWorkos, cookiePassword: string): Contender {
  const { hostname, port } = new URL(origin)
  const client = new WorkOS(apiKey, { clientId, apiHostname: hostname, port: Number(port), https: false })
  return (sealed) => async (index) => {
    const session = client.userManagement.loadSealedSession({ sessionData: sealed[index]!, cookiePassword })
    if (!(await session.authenticate()).authenticated) throw new Error('is not authenticated')
  }
}
