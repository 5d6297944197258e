from .models import ledger_schema, master_key, spar_monitoring


def pre_init_hook(env):
    """Stop before anything is made when the configured master key is unusable."""
    master_key.ensure()


def post_init_hook(env):
    env["spar.vault"]._ensure_keys()
    for name in ("cron_sweep", "cron_keys", "cron_alarms", "cron_reconcile", "cron_retention"):
        cron = env.ref(f"g2p_spar_sync.{name}")
        if "numbercall" in cron._fields:
            # Odoo 17 runs a cron once where nothing is said; later series have no such field.
            cron.numbercall = -1


def uninstall_hook(env):
    env["spar.channel"].sudo().with_context(active_test=False).search(
        [("db_role", "!=", False)]
    )._revoke()
    # A job that is left would fail for want of its model.
    env["queue.job"].sudo().search(
        [("model_name", "=like", "spar.%"), ("state", "not in", ("done", "cancelled"))]
    ).unlink()
    spar_monitoring.remove(env.cr)
    ledger_schema.remove(env.cr)
