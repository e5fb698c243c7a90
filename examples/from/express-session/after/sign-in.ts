import { Router } from 'express'
import session, { type Store } from 'express-session'
import passport from 'passport'
import { Strategy } from 'passport-local'
import type { User, Users } from './users.js'

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace Express {
    interface User {
      readonly id: string
      readonly role: string
    }
  }
}

/** Sessions of express-session, and Passport, which keeps the id of the user in them. */
export function createSignIn(secret: string, store: Store, users: Users): Router {
  const own = new passport.Passport()
  own.use(
    new Strategy({ usernameField: 'email' }, (email, password, done) => {
      users.check(email, password).then((user) => done(null, user ?? false), done)
    }),
  )
  own.serializeUser((user, done) => done(null, user.id))
  own.deserializeUser((id: string, done) => done(null, users.findById(id) ?? false))

  const router = Router()
  router.use(
    session({
      secret,
      store,
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: 86_400_000, sameSite: 'lax' },
    }),
  )
  router.use(own.session())
  router.post('/login', own.authenticate('local'), (req, res) => {
    const { id, name, role } = req.user as User
    res.json({ id, name, role })
  })
  return router
}
