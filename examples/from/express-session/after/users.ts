import { compare, hash } from 'bcryptjs'

export interface User {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: 'reader' | 'editor' | 'admin'
  readonly passwordHash: string
}

/** Stands for the table of users. */
export async function createUsers(password: string) {
  const passwordHash = await hash(password, 4)
  const users: readonly User[] = [
    { id: 'u-1', name: 'Ada', email: 'ada@example.com', role: 'editor', passwordHash },
    { id: 'u-2', name: 'Grace', email: 'grace@example.com', role: 'reader', passwordHash },
  ]
  const findByEmail = (email: string): User | null => users.find((user) => user.email === email) ?? null
  return {
    findById: (id: string): User | null => users.find((user) => user.id === id) ?? null,
    findByEmail,
    async check(email: string, given: string): Promise<User | null> {
      const user = findByEmail(email)
      return user !== null && (await compare(given, user.passwordHash)) ? user : null
    },
  }
}

export type Users = Awaited<ReturnType<typeof createUsers>>
