import type { SessionMinter } from '@dualauth/core'

/** What mints sessions of the new side, as cases see it. */
export interface MinterInPlay {
  /** How many were minted, and how many of them were ended because nobody got them. */
  readonly counts: { minted: number; ended: number }
  /** Whether it answers, fails, or does not answer; `held` answers when `release` is called. */
  state: 'up' | 'failing' | 'hanging' | 'held'
  /** Resolves when one that is held was asked for a session. */
  readonly asked: Promise<void>
  release(): void
}

/** Mints `session=carried-…`, which ends with the old credential. */
export function createMinter(): { readonly minter: SessionMinter; readonly shown: MinterInPlay } {
  const [asked, released] = [deferred(), deferred()]
  const shown: MinterInPlay = {
    counts: { minted: 0, ended: 0 },
    state: 'up',
    asked: asked.promise,
    release: released.resolve,
  }
  const minter: SessionMinter = {
    verifier: 'session',
    async mint({ principal }) {
      if (shown.state === 'failing') throw new Error('the new side is down')
      if (shown.state === 'hanging') await new Promise(() => {})
      if (shown.state === 'held') {
        asked.resolve()
        await released.promise
      }
      shown.counts.minted++
      const field = `session=carried-${principal.subject}; Path=/; HttpOnly`
      return { kind: 'cookies', cookies: [{ name: 'session', field, endSession: () => {} }] }
    },
    end: () => void shown.counts.ended++,
  }
  return { minter, shown }
}

function deferred(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((settle) => (resolve = settle))
  return { promise, resolve }
}
