select id, email, email_verified, name, password_hash, created_at,
  case when google_sub is not null
    then json_build_array(json_build_object('provider', 'google', 'subject', google_sub)) end as external_identities
from old.users
