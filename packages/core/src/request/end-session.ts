import { extract } from '../extract/extract.js'
import { headerView, type AuthRequest } from '../http/request.js'
import { present } from '../route/shape.js'
import type { OpenVerifier } from '../route/verifier.js'
import type { Line } from './line.js'

/** Extract, route, and tell the owners that the app ended the session. */
export async function endSession({ plan, router, open }: Line, request: AuthRequest): Promise<void> {
  const extraction = extract(headerView(request), plan)
  if (extraction.kind !== 'ambient') return
  const told = await Promise.allSettled(
    extraction.cookies.flat().map(async (credential) => {
      const cookie = present(credential)
      const selection = router.select(cookie)
      if (selection.kind === 'owned') await (open[selection.owners[0] as number] as OpenVerifier).endSession?.(cookie)
    }),
  )
  // A verifier that cannot be notified must not stop the others from being notified.
  const failed = told.find((each) => each.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
