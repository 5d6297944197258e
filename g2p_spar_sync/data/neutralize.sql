-- A copy of the database never calls the SPAR of the original.
UPDATE spar_connection
   SET state = 'paused', paused_reason = 'neutralized', paused_since = now() AT TIME ZONE 'UTC';
