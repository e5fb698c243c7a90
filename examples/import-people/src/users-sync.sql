select id, email, name, (raw_json ->> 'primary_email_verified')::boolean as email_verified, created_at, updated_at
from neon_auth.users_sync
where deleted_at is null
