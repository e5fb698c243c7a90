import { beforeAll, expect, it } from 'vitest'
import { renderMatrix, runMatrix, type Cell } from '../src/matrix.js'

let cells: readonly Cell[]
beforeAll(async () => {
  cells = await runMatrix()
}, 120_000)

it('has one answer for every framework', () => {
  for (const { answers } of cells) expect(new Set(Object.values(answers)).size).toBe(1)
})

it('lets in what is valid, and only that', () => {
  const wrong = cells.filter(({ form, state, answers }) => {
    const [answer = ''] = Object.values(answers)
    if (state === 'valid') return answer !== '200'
    if (state === 'provider down') return !answer.startsWith('503') && !form.includes('cookie cache')
    // A cookie cache is an optimisation: without a good one the session decides.
    if (form.includes('cookie cache') && state !== 'expired') return answer !== '200'
    return !answer.startsWith('401')
  })
  expect(wrong).toEqual([])
})

it('is the table of the documentation', async () => {
  const text = [
    '# Every credential, every state',
    '',
    'The same in Express, Hono and Fastify. An answer is the status and the code of the error; – is a state that the form',
    'does not know. "Provider down" meets an instance that has no keys yet. Made by `npm run matrix`.',
    '',
    renderMatrix(cells),
    '',
  ].join('\n')
  await expect(text).toMatchFileSnapshot('../../../docs/matrix.md')
})
