-- A copy of the database never calls the SPAR of the original: it is paused, and what it takes to go
-- on is a manager's word that this database is the one.
UPDATE spar_connection
   SET state = 'paused', paused_reason = 'neutralized', paused_since = now() AT TIME ZONE 'UTC',
       probe_at = NULL, home_database = '{"neutralized": true}';
