/** @odoo-module **/
// Asks SPAR about a registrant after the form is shown, so that the form never waits for it.

import {Component, onWillUnmount, useEffect, useState} from "@odoo/owl";
import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

const ON_ITS_WAY = ["new", "pending", "sending"];
const POLL_EVERY = 3000;
const POLL_FOR = 60000;
const BADGES = {conflict: "text-bg-danger", held: "text-bg-warning"};

export class SparPanel extends Component {
  static template = "g2p_spar_sync.SparPanel";
  static props = {...standardWidgetProps};

  setup() {
    this.orm = useService("orm");
    this.action = useService("action");
    this.state = useState({said: null, asking: false, number: "", trouble: ""});
    this.round = 0;
    useEffect(
      () => {
        this.state.said = null;
        this.ask();
      },
      () => [this.resId, String(this.props.record.data.write_date)]
    );
    onWillUnmount(() => this.stop());
  }

  get resId() {
    return this.props.record.resId;
  }

  get askedAt() {
    const at = this.state.said.asked_at;
    return at ? formatDateTime(deserializeDateTime(at)) : "";
  }

  get method() {
    return {
      bank_account: _t("Bank account"),
      mobile_wallet: _t("Mobile wallet"),
      email_wallet: _t("Email wallet"),
    }[this.state.said.method];
  }

  badge(row) {
    return BADGES[row.state] || "text-bg-info";
  }

  stop() {
    // Answers of an earlier round are about another record, or come too late.
    this.round++;
    clearTimeout(this.timer);
  }

  /** `stale`: the list of submissions below may be older than SPAR's answer. */
  ask(stale = false) {
    this.stop();
    this.state.number = "";
    if (this.resId) {
      this.poll(this.round, Date.now() + POLL_FOR, stale);
    }
  }

  async poll(round, until, stale) {
    this.state.asking = true;
    const said = await this.call("spar_panel");
    if (round !== this.round) {
      return;
    }
    this.state.asking = false;
    this.state.said = said;
    const open = (said && said.open) || [];
    const waiting = open.some((row) => ON_ITS_WAY.includes(row.state) && !row.looked_at);
    if (waiting && Date.now() < until) {
      this.timer = setTimeout(() => this.poll(round, until, true), POLL_EVERY);
    } else if (said && stale && !waiting && !(await this.props.record.isDirty())) {
      await this.props.record.load();
    }
  }

  /** The method's result; null, and words in `trouble`, when it failed. */
  async call(method) {
    this.state.trouble = "";
    try {
      return await this.orm.silent.call("res.partner", method, [[this.resId]]);
    } catch (error) {
      this.state.trouble = this.words(error);
      return null;
    }
  }

  words(error) {
    const name = error.exceptionName || "";
    if (name.startsWith("odoo.exceptions.")) {
      // Written for people; any other exception is not.
      return error.data.message;
    }
    return name
      ? _t("The registry failed. Try again, and tell its administrator if it stays so.")
      : _t("The registry does not answer. Try again.");
  }

  async onChange() {
    // As every button of a form does: first save what was typed.
    if ((await this.props.record.isDirty()) && !(await this.props.record.save())) {
      return;
    }
    const action = await this.call("spar_change");
    if (action) {
      await this.action.doAction(action, {onClose: () => this.onChanged()});
    }
  }

  async onChanged() {
    await this.props.record.load();
    this.ask(true);
  }

  onAsk() {
    this.ask(true);
  }

  async onReveal() {
    const address = await this.call("spar_reveal");
    if (address) {
      const {account_number, mobile_number, email_address} = address;
      this.state.number = account_number || mobile_number || email_address || "";
      if (!this.state.number) {
        this.ask();
      }
    }
  }

  onHide() {
    this.state.number = "";
  }
}

registry.category("view_widgets").add("spar_panel", {component: SparPanel});
