import { createClient, isClientError, type Me, type Migration } from '@dualauth/client'

const client = createClient()
const element = (id: string): HTMLElement => document.getElementById(id) as HTMLElement

/** The guard: what is shown depends on who is signed in; an outage is neither. */
async function showWho(): Promise<void> {
  await unlessInTrouble(async () => {
    const me = await client.me()
    showSignedIn(me)
  })
}

function showSignedIn(me: Me | null): void {
  element('signed-in').hidden = me === null
  element('signed-out').hidden = me !== null
  if (me === null) element('things').replaceChildren()
  element('status').textContent = me === null ? 'Nobody is signed in.' : `Signed in as ${me.id}, by ${me.verifier}.`
}

async function loadThings(): Promise<void> {
  await unlessInTrouble(async () => {
    const response = await client.fetch('/api/things')
    // A 401 here means that somebody has to sign in: what a refresh could mend is mended.
    if (response.status === 401) return showSignedIn(null)
    if (!response.ok) return showTrouble(response.status, response.headers.get('retry-after'))
    const { things } = (await response.json()) as { things: string[] }
    const items = things.map((thing) => Object.assign(document.createElement('li'), { textContent: thing }))
    element('things').replaceChildren(...items)
  })
}

/** Flags of the policy as it is now, and none that were built into the page. */
async function showMove(): Promise<void> {
  const migration = await client.migration()
  showBanner(migration)
  // A session of the old side becomes one of the new side, and nobody notices.
  if (migration.stage === 'prefer-new') await client.exchange()
}

function showBanner({ banner, sunset, stage, documentation }: Migration): void {
  element('banner').hidden = !banner
  if (!banner) return
  const day =
    sunset === null ? 'soon' : `on ${new Date(sunset).toLocaleDateString('en', { dateStyle: 'long', timeZone: 'UTC' })}`
  const ended = stage === 'new-only' || stage === 'retired'
  element('banner').textContent = ended ? 'The old sign-in has ended. ' : `The old sign-in ends ${day}. `
  if (documentation !== null)
    element('banner').append(
      Object.assign(document.createElement('a'), { href: documentation, textContent: 'What changes?' }),
    )
}

async function unlessInTrouble(task: () => Promise<void>): Promise<void> {
  element('trouble').hidden = true
  try {
    await task()
  } catch (cause) {
    if (isClientError(cause)) showTrouble(cause.status, cause.retryAfterSeconds)
    else showTrouble(0, null)
  }
}

/** Nobody is signed out by it: what was on the page stays. */
function showTrouble(status: number, retryAfter: string | number | null): void {
  const again = retryAfter === null ? 'in a moment' : `in ${retryAfter} seconds`
  element('trouble').hidden = false
  element('trouble').textContent =
    status === 503 || status === 0
      ? `We cannot check your sign-in at the moment. You are still signed in; try again ${again}.`
      : `That did not work (${status}).`
}

client.onChange(({ type, isElsewhere }) => {
  document.body.dataset['change'] = isElsewhere ? `${type} elsewhere` : type
  if (type === 'signed-out') showSignedIn(null)
  if (type !== 'signed-out') void showWho()
})
element('sign-in').onclick = () => client.signIn()
element('sign-out').onclick = () => void unlessInTrouble(() => client.signOut())
element('load').onclick = () => void loadThings()

void showMove()
  .catch(() => {})
  .then(showWho)
