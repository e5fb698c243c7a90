import { describe, expect, it } from 'vitest'
import { createSingleFlight, type Outcome } from '../../src/async/single-flight.js'
import { createClock } from '../support/clock.js'

const done: Outcome = { ok: true }
const failed: Outcome = { ok: false, cause: new Error('answered 500'), died: false }
const died: Outcome = { ok: false, cause: new Error('cancelled'), died: true }
const silence = new Promise<Outcome>(() => {})

/** Flights that end as told, one after another, and how many there were. */
function flights(...ends: (Outcome | Promise<Outcome>)[]) {
  let started = 0
  const clock = createClock()
  const flight = createSingleFlight(async () => ends[started++] ?? done, 20, clock.now)
  return { flight, clock, started: () => started }
}

describe('a flight', () => {
  it('is one for all who join while it lasts', async () => {
    const { flight, started } = flights()
    expect(await Promise.all([flight.join(), flight.join(), flight.join()])).toEqual([done, done, done])
    expect(flight.isUnderWay).toBe(false)
    await flight.join()
    expect(started()).toBe(2)
  })

  it('that failed with an answer has failed for everybody', async () => {
    const { flight, started } = flights(failed)
    expect(await Promise.all([flight.join(), flight.join()])).toEqual([failed, failed])
    expect(started()).toBe(1)
  })

  it('that died is started once more, by one of those who waited', async () => {
    const { flight, started } = flights(died)
    expect(await Promise.all([flight.join(), flight.join(), flight.join()])).toEqual([died, done, done])
    expect(started()).toBe(2)
  })

  it('that ends without a word holds nobody for ever', async () => {
    const { flight, started } = flights(silence, silence)
    void flight.join()
    const waiting = [flight.join(), flight.join()]
    // The first of them starts another, which falls silent too; the second waits for that and starts its own.
    expect(await waiting[1]).toEqual(done)
    expect(started()).toBe(3)
  })

  it('that ended without a word is forgotten after its time', async () => {
    const { flight, clock, started } = flights(silence)
    void flight.join()
    expect(flight.isUnderWay).toBe(true)
    clock.advance(1_021)
    expect(flight.isUnderWay).toBe(false)
    expect(await flight.join()).toEqual(done)
    expect(started()).toBe(2)
  })
})
