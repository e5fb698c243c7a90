import { createRevocations, type Revocable } from '../../src/cache/revocations.js'

export const NOW = 1_700_000_000_000
export const LEAD = 5_000
export const ada: Revocable = {
  verifier: 'v',
  issuer: 'i',
  subject: 'u',
  principal: 'ada',
  sessionId: 's',
  keyId: null,
  issuedAt: NOW,
  signInBegunAt: null,
  value: 'a-credential',
}

export const open = (...revocations: unknown[]) => {
  const opened = createRevocations(
    (credential) => credential.toLowerCase(),
    (verifier) => (verifier === 'v' ? LEAD : 0),
  )
  for (const revocation of revocations) opened.apply(revocation)
  return opened
}

export const spellings = {
  verifiers: ['v', 'w'],
  canonical: (text: string) => text.toLowerCase(),
  readCredential: (copied: string) => copied.replace('Bearer ', ''),
}
