import { randomUUID } from 'node:crypto'
import type { App } from './app.js'

/** Somebody who was never seen. */
export const somebody = (): string => randomUUID()

/** What callers of one app hold, and send again and again. */
export interface Callers {
  /** People who were seen before, on both sides, and one with a token of the partner. */
  known(of?: { readonly old?: boolean }): Promise<void>
  /** As many people who were never seen, on the new side. */
  fresh(): Promise<void>
  /** Genuine ones of the old side that are new, of now. */
  freshOld(): Promise<void>
  /** Of the partner, so that its keys are looked at. */
  partner(): Promise<void>
  /** What nobody signed. */
  bad(): Promise<void>
}

const EACH = 6

export function createCallers(app: App): Callers {
  const { world } = app
  const many = async (send: (place: number) => Promise<unknown>): Promise<void> =>
    void (await Promise.all(Array.from({ length: EACH }, (_, place) => send(place))))
  const old = world.oldToken('ada')
  const young = world.newToken('bob')
  return {
    async known({ old: hasOld = true } = {}) {
      await many((place) => app.get(hasOld && place % 2 === 0 ? old : young))
    },
    fresh: () => many(() => app.get(world.newToken(somebody()))),
    freshOld: () => many(() => app.get(world.oldToken(somebody()))),
    partner: () => many(() => app.get(world.partnerToken(somebody()))),
    bad: () => many(() => app.get(`${world.oldToken(somebody()).slice(0, -6)}AAAAAA`)),
  }
}
