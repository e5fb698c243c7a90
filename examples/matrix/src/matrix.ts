import { startApis, type Api } from './apis.js'
import { createAuth, verifiersOf } from './auth.js'
import { STATES, type Headers, type State } from './form.js'
import { formsOf } from './forms.js'
import { startIssuers } from './issuers.js'

/** How one credential in one state ended, in every framework alike, or what each said. */
export interface Cell {
  readonly form: string
  readonly state: State
  readonly answers: Readonly<Record<string, string>>
}

/** Presents every form in every state to every framework. */
export async function runMatrix(): Promise<readonly Cell[]> {
  const issuers = await startIssuers()
  const cells: Cell[] = []
  try {
    for (const form of formsOf(issuers)) {
      for (const state of STATES) {
        const present = form.states[state]
        if (present === undefined) continue
        const headers = await present()
        if (state === 'provider down') form.breakDown?.(true)
        // A new instance has no keys yet: the outage meets it cold.
        const auth = createAuth(verifiersOf(issuers), issuers.clock.now)
        const apis = await startApis(auth)
        cells.push({ form: form.name, state, answers: await askAll(apis, headers) })
        form.breakDown?.(false)
        await Promise.all(apis.map((api) => api.close()))
        await auth.close()
      }
    }
  } finally {
    await issuers.close()
  }
  return cells
}

async function askAll(apis: readonly Api[], headers: Headers): Promise<Record<string, string>> {
  const answers = await Promise.all(
    apis.map(async ({ framework, url }): Promise<[string, string]> => {
      const response = await fetch(url, { headers })
      const body = (await response.json()) as { readonly code?: string }
      return [framework, response.status === 200 ? '200' : `${response.status} ${body.code}`]
    }),
  )
  return Object.fromEntries(answers)
}

/** The table in Markdown; a cell in which the frameworks disagree says so. */
export function renderMatrix(cells: readonly Cell[]): string {
  const forms = [...new Set(cells.map(({ form }) => form))]
  const text = (form: string, state: State): string => {
    const cell = cells.find((one) => one.form === form && one.state === state)
    if (cell === undefined) return '–'
    const answers = [...new Set(Object.values(cell.answers))]
    return answers.length === 1 ? (answers[0] as string) : `DIFFERENT: ${JSON.stringify(cell.answers)}`
  }
  const rows = [['credential', ...STATES], ...forms.map((form) => [form, ...STATES.map((state) => text(form, state))])]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] as string).length))) ?? []
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i] as number)).join(' | ')} |`
  const [head = [], ...body] = rows
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n')
}
