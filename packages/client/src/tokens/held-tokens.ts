import { optionError } from '../client-error.js'
import type { Tokens, TokenStorage } from './tokens.js'

/** The tokens of this app, in memory and in its storage. */
export interface HeldTokens {
  /** Rejects if the storage does. */
  current(): Promise<Tokens | null>
  /** Looks into the storage: another process may have put newer ones there. */
  reload(): Promise<Tokens | null>
  /** Changes with each sign-in and sign-out: what was asked for before is then nothing to keep. */
  generation(): number
  /** After a refresh: kept first, and used then; null if it was refused. Nothing is kept of an older generation. */
  replace(tokens: Tokens | null, generation: number): Promise<void>
  /** At a sign-in, or with null at a sign-out. */
  set(tokens: Tokens | null): Promise<void>
}

/** @param onStorageError A refresh must not be lost with it: the tokens before are spent. */
export function holdTokens(storage: TokenStorage | null, onStorageError: (cause: unknown) => void): HeldTokens {
  let held: Tokens | null = null
  let isLoaded = storage === null
  let isSaved = true
  let generation = 0
  // One at a time, so that what was said last is what is kept.
  let saving: Promise<void> = Promise.resolve()

  async function save(tokens: Tokens | null): Promise<void> {
    if (storage === null) return
    saving = saving.then(async () => {
      try {
        await storage.save(tokens)
        isSaved = true
      } catch (cause) {
        isSaved = false
        onStorageError(cause)
      }
    })
    return saving
  }

  async function reload(): Promise<Tokens | null> {
    const before = generation
    const loaded = storage === null || !isSaved ? held : ((await storage.load()) ?? null)
    if (loaded && !loaded.accessToken) throw optionError('tokens', 'must load what it saved')
    if (generation === before) held = loaded
    isLoaded = true
    return held
  }

  return {
    reload,
    generation: () => generation,
    async current() {
      if (!isLoaded) return reload()
      if (!isSaved) await save(held)
      return held
    },
    async replace(tokens, since) {
      if (since !== generation) return
      await save(tokens)
      if (since === generation) held = tokens
    },
    async set(tokens) {
      generation++
      isLoaded = true
      held = tokens
      await save(tokens)
    },
  }
}
