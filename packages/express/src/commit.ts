import { headWriter, writeOnCommit, type NodeResponse, type RequestState } from '@dualauth/core/adapter'
import type { Request, Response } from 'express'
import { member } from './member.js'
import { stateOf } from './mount.js'

/** Key of the `writeHead` that ours stands in for, the same for every loaded copy: an app gets one of ours. */
const REPLACED: unique symbol = /* @__PURE__ */ Symbol.for('dualauth.express.writeHead')

interface App {
  readonly response: Responses
  readonly parent?: App
}

/** What Express gives all responses of an app as their prototype. */
interface Responses extends NodeResponse {
  readonly req: Request
  [REPLACED]: { readonly theirs: NodeResponse['writeHead']; readonly ours: NodeResponse['writeHead'] }
}

const writeHead = headWriter<Responses>(
  (response) => {
    const state = stateOf(member(response, 'req'))
    return state === undefined ? [] : [state]
  },
  (response) => member(response, REPLACED).theirs,
)

/**
 * Has what waits written when headers are committed. It is arranged once for all responses of the app: Express changes the
 * prototype of each, and a member of its own would cost such a response more than the rest of the guard.
 */
export function writeWaiting(req: Request, res: Response, state: RequestState): void {
  if (member(res as NodeResponse, 'writeHead') === writeHead) return
  const responses = responsesOf(req.app as Partial<App> | undefined)
  if (responses !== undefined && !Object.hasOwn(responses, REPLACED)) {
    responses[REPLACED] = { theirs: responses.writeHead, ours: writeHead }
    responses.writeHead = writeHead
  }
  // Whoever took a `writeHead` for this response before calls another one; and a router may run without an app.
  if ((res as NodeResponse).writeHead !== responses?.[REPLACED].ours) writeOnCommit(res, state)
}

/** Those of the outermost app: the responses of a mounted one inherit from them. */
function responsesOf(app: Partial<App> | undefined): Responses | undefined {
  let root = app
  while (root?.parent !== undefined) root = root.parent
  return root?.response
}
