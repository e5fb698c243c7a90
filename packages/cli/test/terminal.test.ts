import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { describeCli } from './support/world.js'

const hasScript = spawnSync('script', ['--version']).status === 0
/** As with a server: skipped where it is not installed, but not under CI. */
const isSkipped = !hasScript && (process.env['CI'] ?? '') === ''
const BECAUSE = '--reason because --actor alice'

describeCli('dualauth on a terminal', (world) => {
  it.skipIf(isSkipped)('shows the plan, asks, and writes after a yes', async () => {
    const running = world.onTerminal(`stage set dual ${BECAUSE}`)
    await running.says('Write version 1? [y/N]')
    expect(running.said()).toContain('no policy')
    running.child.stdin.write('y\n')
    expect(await running.ended).toMatchObject({ code: 0, out: expect.stringContaining('Version 1 is written') })
    expect(await world.json('stage get')).toMatchObject({ stage: 'dual', actor: 'alice' })
  })

  it.skipIf(isSkipped)('writes nothing after anything but a yes', async () => {
    const running = world.onTerminal(`stage set dual ${BECAUSE}`)
    await running.says('[y/N]')
    running.child.stdin.write('\n')
    expect(await running.ended).toMatchObject({ code: 1, out: expect.stringContaining('Nothing was written') })
    expect(await world.json('stage get')).toMatchObject({ stage: null })
  })

  it.skipIf(isSkipped)('writes nothing where it is interrupted at the question', async () => {
    const running = world.onTerminal(`stage set dual ${BECAUSE}`)
    await running.says('[y/N]')
    running.child.stdin.write('\u0003')
    expect((await running.ended).code).not.toBe(0)
    expect(await world.json('stage get')).toMatchObject({ stage: null })
  })

  it.skipIf(isSkipped)('refuses what was changed while it asked', async () => {
    const running = world.onTerminal(`stage set dual ${BECAUSE}`)
    await running.says('[y/N]')
    await world.does('stage set off --reason other --actor bob --yes')
    running.child.stdin.write('y\n')
    expect(await running.ended).toMatchObject({ code: 1, out: expect.stringMatching(/in the meantime.*by bob/s) })
    expect(await world.json('stage get')).toMatchObject({ stage: 'off', actor: 'bob' })
  })

  it.skipIf(isSkipped)('is in colour, and without with NO_COLOR', async () => {
    await world.does(`stage set dual --yes ${BECAUSE}`)
    expect((await world.onTerminal('stage get', { env: { TERM: 'xterm' } }).ended).out).toContain('\u001b[1mdual')
    expect((await world.onTerminal('stage get', { env: { TERM: 'xterm', NO_COLOR: '1' } }).ended).out).not.toContain(
      '\u001b',
    )
    expect((await world.process('stage get', { env: { TERM: 'xterm' } })).out).not.toContain('\u001b')
  })
})
