import type { DualAuth, UpgradeResult } from '@dualauth/core'

export type Connection = Extract<UpgradeResult, { ok: true }>

/** 4000 to 4999 are the app's own close codes (RFC 6455 section 7.4.2). */
export const CLOSED_BY_AUTH = 4401

export interface Closable {
  close(code: number, reason: string): void
}

/**
 * Ends the socket with its credential: looks again every `intervalMs`, and closes when the answer is
 * a refusal. An outage (503) closes nothing. Returns a function that stops looking.
 */
export function endWithCredential(socket: Closable, connection: Connection, intervalMs: number): () => void {
  const timer = setInterval(() => {
    void connection.revalidate().then((now) => {
      if (!now.ok && now.error.status < 500) socket.close(CLOSED_BY_AUTH, now.error.code)
    })
  }, intervalMs)
  timer.unref()
  return () => clearInterval(timer)
}

/** A refusal of the handshake, as the bytes that go to the raw socket. */
export function refusal(auth: DualAuth, result: Extract<UpgradeResult, { ok: false }>): string {
  const { status, headers, body } = auth.respond(result.error)
  const fields = [...headers, ['content-length', String(Buffer.byteLength(body))], ['connection', 'close']]
  return [`HTTP/1.1 ${status} Refused`, ...fields.map(([name, value]) => `${name}: ${value}`), '', body].join('\r\n')
}
