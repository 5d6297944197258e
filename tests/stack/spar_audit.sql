-- The project's proof of order: every change of SPAR's own table, as SPAR's database saw it.
-- Idempotent; installed after SPAR's migration by the role that owns the table.
CREATE TABLE IF NOT EXISTS id_fa_audit (
    seq bigserial PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    xid bigint NOT NULL DEFAULT txid_current(),
    op text NOT NULL CHECK (op IN ('INSERT', 'UPDATE', 'DELETE')),
    id_value text NOT NULL,
    fa_old text,
    fa_new text
);
CREATE INDEX IF NOT EXISTS id_fa_audit_id_value ON id_fa_audit (id_value, seq);

CREATE OR REPLACE FUNCTION id_fa_audit_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO id_fa_audit (op, id_value, fa_new) VALUES (TG_OP, NEW.id_value, NEW.fa_value);
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO id_fa_audit (op, id_value, fa_old, fa_new)
        VALUES (TG_OP, NEW.id_value, OLD.fa_value, NEW.fa_value);
    ELSE
        INSERT INTO id_fa_audit (op, id_value, fa_old) VALUES (TG_OP, OLD.id_value, OLD.fa_value);
    END IF;
    RETURN NULL;
END $$;

-- After the row is changed and locked: for one id the order of seq is the order of the changes.
CREATE OR REPLACE TRIGGER id_fa_audit AFTER INSERT OR UPDATE OR DELETE ON id_fa_mappings
    FOR EACH ROW EXECUTE FUNCTION id_fa_audit_write();
