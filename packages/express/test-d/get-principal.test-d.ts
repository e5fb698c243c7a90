import type { IncomingMessage } from 'node:http'
import type { Request, Response } from 'express'
import { expectTypeOf, it } from 'vitest'
import type { Principal } from '@dualauth/core'
import { getOptionalPrincipal, getPrincipal } from '../src/index.js'

it('takes a request, whatever its parameters and body are', () => {
  const ask = (req: Request, narrow: Request<{ id: string }, object, { name: string }>, node: IncomingMessage) => {
    expectTypeOf(getPrincipal(req)).toEqualTypeOf<Principal>()
    expectTypeOf(getPrincipal(narrow)).toEqualTypeOf<Principal>()
    expectTypeOf(getOptionalPrincipal(node as IncomingMessage & { url: string })).toEqualTypeOf<Principal | null>()
  }
  expectTypeOf(ask).toBeFunction()
})

it('takes no response', () => {
  const mistake = (res: Response) => {
    // @ts-expect-error -- a response
    getPrincipal(res)
    // @ts-expect-error -- a response
    getOptionalPrincipal(res)
  }
  expectTypeOf(mistake).toBeFunction()
})
