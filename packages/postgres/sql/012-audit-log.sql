-- The audit in the columns that hand-written logs of sign-ins have.
create or replace view dualauth.auth_audit_log as
select id, event as event_type,
  coalesce(data ->> 'to'::text, data ->> 'verifier'::text) as auth_method,
  event not in ('session.exchange_refused', 'requests.refused', 'requests.denied', 'policy.rejected') as success,
  subject as user_id, organization, reason, coalesce((data ->> 'count'::text)::bigint, 1) as times, at as created_at
from dualauth.audit;
