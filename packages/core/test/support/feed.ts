import type { RevocationFeed } from '../../src/index.js'

/** Instances that share a feed, as processes do. */
export function createFeed(): RevocationFeed {
  const listeners: ((revocation: unknown) => void)[] = []
  return {
    publish: (revocation) => listeners.forEach((apply) => apply(JSON.parse(JSON.stringify(revocation)))),
    subscribe(apply) {
      listeners.push(apply)
      return () => {}
    },
  }
}
