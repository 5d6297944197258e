-- The registry's database was restored from a backup. Run this before Odoo is started on it:
--
--     psql -d DATABASE -v ON_ERROR_STOP=1 -1 -f g2p_spar_sync/data/registry_restored.sql
--
-- Nothing is sent until all registrants are compared with SPAR, which Odoo begins by itself within
-- a minute; what the backup would have sent waits for a person. It may be run more than once.
UPDATE spar_connection
   SET state = 'paused', paused_reason = 'restored', paused_since = now() AT TIME ZONE 'UTC',
       probe_at = NULL, restored_to = COALESCE(
           NULLIF(restored_to, 0), (SELECT last_value FROM spar_submission_id_seq));
-- What was lost has drawn some of the numbers that come next: none of them is drawn again.
SELECT setval('spar_submission_id_seq', last_value + 1000000) FROM spar_submission_id_seq;
SELECT setval('spar_event_id_seq', last_value + 1000000) FROM spar_event_id_seq;
INSERT INTO spar_event (kind, detail, at)
VALUES ('configured', 'registry restored', now() AT TIME ZONE 'UTC');
