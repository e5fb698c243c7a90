import { describe, expect, it } from 'vitest'
import { CASES, describeAdapter, runCase, type Case } from '../src/index.js'
import { referenceAdapter, type Flaw } from './reference-adapter.js'

describeAdapter('the reference adapter without a flaw', referenceAdapter())

/** Which promise each mistake breaks; more may break as well. */
const CAUGHT_BY: Readonly<Record<Flaw, string>> = {
  'guard is not called': 'answers 401 with a bare challenge when nothing was presented',
  'guard without mount lets everybody in': 'fails closed where no dualAuth is mounted',
  'handler crash becomes a refusal': 'hands a crash of the handler to the error path of the framework',
  'verifier crash becomes 401': 'answers 503 with Retry-After, not 401, when a verifier cannot tell or crashes',
  'anonymous where a bad header was sent':
    'optionalAuth: anonymous without a credential or with a bad cookie, refused with a bad header, 503 in an outage',
  'reads the raw header pairs': 'reads a header that an earlier middleware has set, replaced or removed',
  'names another path than the router reads': 'acts for the organization that the route names, or for none',
  'drops repeated headers': 'refuses a repeated Authorization header, whichever is good',
  'keeps the principal outside the request': 'keeps 40 concurrent callers apart',
  'forgets the challenge': 'answers 401 with a bare challenge when nothing was presented',
  'refuses preflights': 'works behind CORS: preflights are answered and browsers can read a refusal',
  'hands preflights to the handler': 'guards OPTIONS like any method, but never hands a preflight to a handler',
  'shares a principal between instances':
    'lets the innermost instance govern, and no principal of one satisfy a guard of the other',
  'forgets the cache headers': 'keeps authenticated answers out of shared caches, unless the handler says otherwise',
  'forgets to announce the end of the old side':
    'announces the end of the old side to whom it let in, once, and to nobody else',
  'announces at each guard': 'announces the end of the old side to whom it let in, once, and to nobody else',
  'takes the place of other links': 'adds its links to those of the handler, whose own dates stay',
  'announces before the handler alone':
    'announces beside a Link and a Vary that the handler puts in place of all others',
  'announces on no answer that is written by hand': 'announces beside the fields of an answer that is written by hand',
  'varies before the handler alone': 'varies with the credential beside the Vary of a handler, however that is written',
  'overrides the cache header of the handler':
    'keeps authenticated answers out of shared caches, unless the handler says otherwise',
  'consumes the body': 'leaves the body to a parser that runs before the guard',
  'lets HEAD in': 'guards HEAD like GET',
  'evaluates only the first guard': 'authenticates once for two guards and evaluates both',
  'authenticates for each guard': 'authenticates once for two guards and evaluates both',
  'crashes when the response was sent': 'keeps quiet when the response was already sent',
  'forgets to wait for the guard': 'answers the principal of a legacy bearer',
  'tells the cause': 'answers 503 with Retry-After, not 401, when a verifier cannot tell or crashes',
  'loses refreshed cookies': 'writes it with a refusal and with a crash: a refreshed session must not be lost',
  'loses refreshed cookies where a callback throws':
    'writes it with a refusal and with a crash: a refreshed session must not be lost',
  'writes cookies at once': 'never undoes a logout: a cookie of the handler wins, and the verifier is told',
  'hands a session to shared caches':
    'brings nothing along with an answer that a shared cache may keep, and brings it with the next one',
  'forgets that a guard asks past caches': 'asks past every cache where the guard says so',
  'throws at a logger where nothing is mounted': 'says that nobody is known where no dualAuth is mounted, for loggers',
  'strips the path of a mount': 'hands a mounted handler the whole URL, the method, the headers and the body',
  'loses a body that was parsed': 'hands a mounted handler a body that a parser has read before',
  'joins the cookies of a mounted handler':
    'writes the status, the headers and each cookie of a mounted handler, beside what middleware has set',
  'waits for the end of a stream': 'streams what a mounted handler streams, and sends headers before the first chunk',
  'does not say that the client is gone': 'tells a mounted handler that its client is gone',
  'authenticates again for a mounted handler':
    'authenticates once for a guard and the handler that is mounted behind it',
}

describe('the suite catches an adapter whose', () => {
  for (const [flaw, name] of Object.entries(CAUGHT_BY)) {
    it(`flaw is: ${flaw}`, async () => {
      const one = CASES.find((candidate) => candidate.name === name) as Case
      await expect(runCase(referenceAdapter(flaw as Flaw), one)).rejects.toThrow()
    })
  }
})
