-- What monitoring may see: sums and ages, nobody's row. See docs/monitoring.md for each column.
-- A view reads with its owner's rights, so a role needs nothing but SELECT on it.
-- Each count goes by a partial index of rows that are open or wait for a person: what is settled,
-- most of the ledger, is never counted.
CREATE VIEW spar_monitoring AS
SELECT c.id AS connection_id,
       c.name AS connection,
       (c.state = 'running')::int AS running,
       CASE WHEN c.state = 'waiting' THEN since.seconds ELSE 0 END AS waiting_seconds,
       CASE WHEN c.state = 'paused' THEN since.seconds ELSE 0 END AS paused_seconds,
       c.paused_reason AS reason,
       pending.rows AS pending,
       pending.observed,
       sending.rows AS sending,
       waiting.held,
       waiting.waits_for_id,
       waiting.conflict,
       waiting.rejected,
       COALESCE(EXTRACT(epoch FROM clock.now - LEAST(
           (SELECT create_date FROM spar_submission WHERE id = pending.oldest),
           (SELECT create_date FROM spar_submission WHERE id = sending.oldest)
       ))::bigint, 0) AS oldest_open_seconds,
       EXTRACT(epoch FROM clock.now - (
           SELECT max(settled_at) FROM spar_submission
            WHERE connection_id = c.id AND state = 'done'))::bigint AS last_success_seconds,
       EXTRACT(epoch FROM CASE WHEN c.signer = 'keymanager' THEN c.keymanager_not_after ELSE (
           SELECT max(not_after) FROM spar_key
            WHERE connection_id = c.id AND state = 'active'
       ) END - clock.now)::bigint AS signing_key_expires_seconds
  FROM spar_connection c
 CROSS JOIN (SELECT clock_timestamp() AT TIME ZONE 'UTC' AS now) AS clock
 CROSS JOIN LATERAL (
       SELECT COALESCE(EXTRACT(epoch FROM clock.now - c.paused_since)::bigint, 0) AS seconds
       ) AS since
 CROSS JOIN LATERAL (
       SELECT count(due_at) AS rows, count(*) - count(due_at) AS observed,
              min(id) FILTER (WHERE due_at IS NOT NULL) AS oldest
         FROM spar_submission WHERE connection_id = c.id AND state = 'pending') AS pending
 CROSS JOIN LATERAL (
       SELECT count(*) AS rows, min(id) AS oldest FROM spar_submission
        WHERE connection_id = c.id AND state = 'sending') AS sending
 CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE state = 'held' AND waits_for_id IS NOT TRUE) AS held,
              count(*) FILTER (WHERE waits_for_id) AS waits_for_id,
              count(*) FILTER (WHERE state = 'conflict') AS conflict,
              count(*) FILTER (WHERE state = 'rejected') AS rejected
         FROM spar_submission
        WHERE connection_id = c.id AND state IN ('held', 'conflict', 'rejected')) AS waiting
 WHERE c.active;

CREATE VIEW spar_monitoring_totals AS
SELECT (SELECT last_value FROM spar_submission_id_seq) AS handed_in,
       fresh.rows AS new,
       pending.rows AS pending,
       pending.observed,
       sending.rows AS sending,
       waiting.held,
       waiting.waits_for_id,
       waiting.conflict,
       waiting.rejected,
       COALESCE(EXTRACT(epoch FROM clock.now - (
           SELECT create_date FROM spar_submission
            WHERE id = LEAST(fresh.oldest, pending.oldest, sending.oldest)
       ))::bigint, 0) AS oldest_open_seconds,
       sending.overdue AS leases_overdue,
       connections.active AS connections,
       connections.running AS connections_running,
       EXTRACT(epoch FROM clock.now - cron.lastcall)::bigint AS sweeper_seconds,
       COALESCE(cron.active, false)::int AS sweeper_active,
       jobs.due AS jobs_due,
       COALESCE(EXTRACT(epoch FROM clock.now - jobs.oldest)::bigint, 0) AS jobs_oldest_seconds,
       jobs.failed AS jobs_failed
  FROM (SELECT clock_timestamp() AT TIME ZONE 'UTC' AS now) AS clock
 CROSS JOIN LATERAL (
       SELECT count(*) AS rows, min(id) AS oldest FROM spar_submission WHERE state = 'new'
       ) AS fresh
 CROSS JOIN LATERAL (
       SELECT count(due_at) AS rows, count(*) - count(due_at) AS observed,
              min(id) FILTER (WHERE due_at IS NOT NULL) AS oldest
         FROM spar_submission WHERE state = 'pending') AS pending
 CROSS JOIN LATERAL (
       SELECT count(*) AS rows, min(id) AS oldest,
              count(*) FILTER (WHERE lease_until < clock.now) AS overdue
         FROM spar_submission WHERE state = 'sending') AS sending
 CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE state = 'held' AND waits_for_id IS NOT TRUE) AS held,
              count(*) FILTER (WHERE waits_for_id) AS waits_for_id,
              count(*) FILTER (WHERE state = 'conflict') AS conflict,
              count(*) FILTER (WHERE state = 'rejected') AS rejected
         FROM spar_submission WHERE state IN ('held', 'conflict', 'rejected')) AS waiting
 CROSS JOIN LATERAL (
       SELECT count(*) AS active, count(*) FILTER (WHERE state = 'running') AS running
         FROM spar_connection WHERE active) AS connections
 CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE state <> 'failed') AS due,
              min(GREATEST(date_created, eta)) FILTER (WHERE state <> 'failed') AS oldest,
              count(*) FILTER (WHERE state = 'failed') AS failed
         FROM queue_job
        WHERE channel = 'root.spar' AND state IN ('pending', 'enqueued', 'started', 'failed')
          AND (eta IS NULL OR eta <= clock.now)) AS jobs
  LEFT JOIN ir_model_data named ON named.module = 'g2p_spar_sync' AND named.name = 'cron_sweep'
  LEFT JOIN ir_cron cron ON cron.id = named.res_id;
