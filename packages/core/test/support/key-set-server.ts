import * as testing from '@dualauth/testing'

export type { KeySetMode, KeySetServer } from '@dualauth/testing'

/** A key-set endpoint that publishes these keys, whoever signs. */
export function startKeySetServer(keys: readonly unknown[] = []): Promise<testing.KeySetServer> {
  return testing.startKeySetServer({ keys })
}
