import type { Account, LinkRefusal, ShadowOptions } from '@dualauth/core'

/** The new side at stage `shadow`, which is compared beside the answers. */
export interface Rival {
  /** What it does when it is asked; it answers unless a case says otherwise. */
  state: 'answers' | 'fails' | 'hangs'
  /** Lets whatever hangs go on. */
  release(): void
}

/** Editors may delete there, and no longer write. */
const NEW_ROLES = { admin: ['*'], editor: ['things:read', 'things:delete'], reader: ['things:read'] }

export function createRival(account: (subject: string) => Account | LinkRefusal | null): {
  readonly rival: Rival
  readonly shadow: ShadowOptions
} {
  let waiting: (() => void)[] = []
  const rival: Rival = {
    state: 'answers',
    release() {
      const released = waiting
      waiting = []
      for (const go of released) go()
    },
  }
  async function ask(): Promise<void> {
    if (rival.state === 'fails') throw new Error('the new side is down')
    if (rival.state === 'hangs') await new Promise<void>((go) => waiting.push(go))
  }
  return {
    rival,
    shadow: {
      access: { roles: NEW_ROLES },
      async link({ subject }) {
        await ask()
        return account(subject)
      },
      async directory({ id, organization }) {
        await ask()
        return { id, organization }
      },
      directoryEveryMs: 0,
      timeoutMs: 30_000,
    },
  }
}
