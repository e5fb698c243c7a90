import type { SessionMinter } from '@dualauth/core'

/** What mints sessions of the new side, as cases see it. */
export interface MinterInPlay {
  /** How many were minted, and how many of them were ended because nobody got them. */
  readonly counts: { minted: number; ended: number }
  /** Whether it answers, fails, or does not answer. */
  state: 'up' | 'failing' | 'hanging'
}

/** Mints `session=carried-…`, which ends with the old credential. */
export function createMinter(): { readonly minter: SessionMinter; readonly shown: MinterInPlay } {
  const shown: MinterInPlay = { counts: { minted: 0, ended: 0 }, state: 'up' }
  const minter: SessionMinter = {
    verifier: 'session',
    async mint({ principal }) {
      if (shown.state === 'failing') throw new Error('the new side is down')
      if (shown.state === 'hanging') await new Promise(() => {})
      shown.counts.minted++
      const field = `session=carried-${principal.subject}; Path=/; HttpOnly`
      return { kind: 'cookies', cookies: [{ name: 'session', field, endSession: () => {} }] }
    },
    end: () => void shown.counts.ended++,
  }
  return { minter, shown }
}
