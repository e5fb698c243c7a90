// What this adapter knows of __Framework__. To be replaced: import the framework's own types, and add
// the framework to "peerDependencies" and "devDependencies".
import type { IncomingMessage, ServerResponse } from 'node:http'

/** What a handler is given. Guards hand it to callbacks such as `(principal, req) => boolean`. */
export type Request = IncomingMessage

/** What an application registers: middleware, or a hook. */
export type Handler = (req: Request, res: ServerResponse, next: (error?: unknown) => void) => void

/** Stands where something is still to be written. */
export function notWritten(what: string): Error {
  return new Error(`@dualauth/__framework__ is not written yet: ${what}`)
}
