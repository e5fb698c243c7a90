import type { ExpressAuthConfig } from '@auth/express'
import Credentials from '@auth/express/providers/credentials'
import type { Users } from './users.js'

/** The configuration of Auth.js: sessions are encrypted JWTs in a cookie. */
export const authConfig = (secret: string, users: Users): ExpressAuthConfig => ({
  secret,
  trustHost: true,
  basePath: '/auth',
  providers: [
    Credentials({
      credentials: { email: {}, password: { type: 'password' } },
      authorize: async ({ email, password }) => users.check(String(email), String(password)),
    }),
  ],
  session: { strategy: 'jwt' },
  callbacks: {
    jwt: ({ token, user }) => (user ? { ...token, role: (user as { role?: string }).role } : token),
    session: ({ session, token }) => ({
      ...session,
      user: { ...session.user, id: token.sub ?? '', role: token['role'] },
    }),
  },
})
