-- How far the lists of WorkOS were read, and who reads them now: what is there that no event names.
create table if not exists dualauth.workos_import (
  source text collate "C" primary key,
  after text,
  moved_at timestamptz,
  holder text,
  held_until timestamptz
);
