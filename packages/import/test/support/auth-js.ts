/**
 * The tables of `@auth/pg-adapter`.
 *
 * @see https://authjs.dev/getting-started/adapters/pg
 */
export const PG_ADAPTER = `
create table verification_token (identifier text not null, expires timestamptz not null, token text not null, primary key (identifier, token));
create table accounts (
  id serial, "userId" integer not null, type varchar(255) not null, provider varchar(255) not null,
  "providerAccountId" varchar(255) not null, refresh_token text, access_token text, expires_at bigint, id_token text, scope text,
  session_state text, token_type text, primary key (id)
);
create table sessions (
  id serial, "userId" integer not null, expires timestamptz not null, "sessionToken" varchar(255) not null, primary key (id)
);
create table users (id serial, name varchar(255), email varchar(255), "emailVerified" timestamptz, image text, primary key (id))`

/**
 * As Prisma makes them of its schema for Auth.js, with a password and a flag of the application.
 *
 * @see https://authjs.dev/getting-started/adapters/prisma
 */
export const PRISMA = `
create table "User" (
  id text primary key, name text, email text not null unique, "emailVerified" timestamp(3), image text, "hashedPassword" text,
  "isBanned" boolean default false, "deletedAt" timestamp(3), "createdAt" timestamp(3) not null default current_timestamp,
  "updatedAt" timestamp(3) not null default current_timestamp
);
create table "Account" (
  "userId" text not null references "User" (id), type text not null, provider text not null, "providerAccountId" text not null,
  refresh_token text, access_token text, expires_at integer, token_type text, scope text, id_token text, session_state text,
  primary key (provider, "providerAccountId")
)`
