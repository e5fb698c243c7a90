import { extract } from '../extract/extract.js'
import type { CarrierPlan } from '../extract/credential.js'
import { headerView, type AuthRequest } from '../http/request.js'
import type { Router } from '../route/router.js'
import { present } from '../route/shape.js'
import type { OpenVerifier } from '../route/verifier.js'

/** Extract, route, and tell the owners that the app ended the session. */
export async function withdraw(
  request: AuthRequest,
  plan: CarrierPlan,
  router: Router,
  open: readonly OpenVerifier[],
): Promise<void> {
  const extraction = extract(headerView(request), plan)
  if (extraction.kind !== 'ambient') return
  const told = await Promise.allSettled(
    extraction.cookies.flat().map(async (credential) => {
      const cookie = present(credential)
      const selection = router.select(cookie)
      if (selection.kind === 'owned') await (open[selection.owners[0] as number] as OpenVerifier).withdraw?.(cookie)
    }),
  )
  // One that cannot be told must not keep the others from it.
  const failed = told.find((each) => each.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
