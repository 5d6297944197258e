-- What the database itself keeps of the ledger's promises. Run at every install and upgrade.

-- A row from outside: whoever is not the table's owner fills in the input columns and nothing
-- else. session_user is asked, since inside SECURITY DEFINER current_user is the owner. The owner's
-- own row without a state is no row of Odoo's either, but somebody's at a SQL prompt.
CREATE OR REPLACE FUNCTION spar_submission_receive() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    known boolean;
BEGIN
    NEW.txid := txid_current();
    IF NEW.state IS NOT NULL AND session_user =
       (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
        RETURN NEW;
    END IF;
    known := EXISTS (SELECT 1 FROM public.res_partner WHERE id = NEW.partner_id);
    NEW := jsonb_populate_record(NULL::public.spar_submission, jsonb_build_object(
        'id', NEW.id,
        'partner_id', CASE WHEN known THEN NEW.partner_id END,
        'hold_params', CASE WHEN known THEN NULL
                       ELSE jsonb_build_object('partner', NEW.partner_id) END,
        'operation', CASE WHEN NEW.operation = 'remove' THEN 'remove' ELSE 'set' END,
        'payment_method', left(NEW.payment_method, 1000),
        'payment_provider', left(NEW.payment_provider, 1000),
        'payment_branch', left(NEW.payment_branch, 1000),
        'payment_account', left(NEW.payment_account, 1000),
        'origin_ref', NEW.origin_ref,
        -- A time to come would pass for newer than everything that SPAR gets.
        'collected_at', CASE WHEN NEW.collected_at IS NOT NULL
                        THEN least(NEW.collected_at, now() AT TIME ZONE 'UTC') END,
        'actor', left(NEW.actor, 200),
        'channel', COALESCE(
            (SELECT code FROM public.spar_channel WHERE db_role = session_user), 'unknown'),
        'state', 'new',
        'way', 'row',
        'create_date', now() AT TIME ZONE 'UTC',
        'due_at', now() AT TIME ZONE 'UTC',
        'attempts', 0,
        'solo_failures', 0,
        'confirmed', false,
        'waits_for_id', false,
        'txid', txid_current()
    ));
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER spar_submission_receive BEFORE INSERT ON spar_submission
    FOR EACH ROW EXECUTE FUNCTION spar_submission_receive();

-- Immutable by column, not by row: Odoo's partner merge moves rows by raw UPDATE, and deletes
-- rows whose UPDATE is refused. What it moves while open waits for a person.
CREATE OR REPLACE FUNCTION spar_submission_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.txid IS DISTINCT FROM txid_current() AND OLD.state <> 'new' AND
       (NEW.channel, NEW.operation, NEW.origin_ref, NEW.collected_at, NEW.actor, NEW.create_uid,
        NEW.create_date, NEW.txid, NEW.address_hash, NEW.payment_method)
       IS DISTINCT FROM
       (OLD.channel, OLD.operation, OLD.origin_ref, OLD.collected_at, OLD.actor, OLD.create_uid,
        OLD.create_date, OLD.txid, OLD.address_hash, OLD.payment_method) THEN
        RAISE EXCEPTION 'spar_submission %: what was handed in cannot be altered', OLD.id;
    END IF;
    IF OLD.state IN ('superseded', 'cancelled') AND NEW.state <> OLD.state THEN
        RAISE EXCEPTION 'spar_submission %: the state % is final', OLD.id, OLD.state;
    END IF;
    IF NEW.partner_id IS DISTINCT FROM OLD.partner_id AND OLD.partner_id IS NOT NULL
       AND OLD.state IN ('new', 'pending', 'sending', 'held', 'conflict', 'rejected') THEN
        NEW.hold_params := jsonb_build_object('partner', OLD.partner_id);
        IF OLD.state = 'new' THEN
            RETURN NEW;
        END IF;
        NEW.state := 'held';
        -- What is no address stays what it is: nobody can release it.
        NEW.hold_reason := CASE WHEN OLD.address_hash IS NULL THEN OLD.hold_reason
                           ELSE 'merged' END;
        NEW.waits_for_id := false;
        NEW.lease_token := NULL;
        NEW.observed := NULL;
        IF OLD.state = 'sending' AND OLD.observing IS NOT TRUE THEN
            NEW.sent_at := COALESCE(OLD.sent_at, now() AT TIME ZONE 'UTC');
            NEW.suspect_until := clock_timestamp() AT TIME ZONE 'UTC' + (
                SELECT make_interval(secs => in_flight_seconds + lease_seconds)
                  FROM public.spar_connection WHERE id = OLD.connection_id);
        END IF;
        INSERT INTO public.spar_event (submission_id, partner_id, kind, detail, at)
        VALUES (OLD.id, NEW.partner_id, 'held', 'merged', clock_timestamp() AT TIME ZONE 'UTC');
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER spar_submission_guard BEFORE UPDATE ON spar_submission
    FOR EACH ROW EXECUTE FUNCTION spar_submission_guard();

CREATE OR REPLACE FUNCTION spar_ledger_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: rows of this ledger are never deleted or altered', TG_TABLE_NAME;
END $$;

CREATE OR REPLACE TRIGGER spar_submission_keep BEFORE DELETE ON spar_submission
    FOR EACH ROW EXECUTE FUNCTION spar_ledger_keep();

CREATE OR REPLACE TRIGGER spar_event_keep BEFORE DELETE ON spar_event
    FOR EACH ROW EXECUTE FUNCTION spar_ledger_keep();

-- partner_id moves with a merge; nothing else of an event ever changes.
CREATE OR REPLACE TRIGGER spar_event_append BEFORE UPDATE ON spar_event
    FOR EACH ROW WHEN ((OLD.submission_id, OLD.kind, OLD.detail, OLD.at, OLD.user_id,
                        OLD.reference_id, OLD.kid, OLD.digest)
        IS DISTINCT FROM (NEW.submission_id, NEW.kind, NEW.detail, NEW.at, NEW.user_id,
                          NEW.reference_id, NEW.kid, NEW.digest))
    EXECUTE FUNCTION spar_ledger_keep();
