-- Which sessions were minted out of which: what ends the one ends the other.

create table if not exists dualauth.exchange_relation (
  -- SHA-256 of what names the one.
  key text collate "C" not null,
  -- What ends the other: the id of its session, or a SHA-256 of its credential, as JSON.
  revocation text collate "C" not null,
  -- When the session that was minted ends; 'infinity' where it does not.
  ends_at timestamptz not null,
  primary key (key, revocation)
);

create index if not exists exchange_relation_ends on dualauth.exchange_relation (ends_at);
