import type { Dispute } from "../api/types";
import { moment } from "../words/moments";
import { money } from "../words/money";
import { words } from "../words/statuses";

/** The disputes and fraud warnings of a payment's charge; nothing if there are none. */
export function Disputes({ disputes }: { disputes: Dispute[] }) {
  if (disputes.length === 0) {
    return null;
  }
  return (
    <section aria-label="Disputes">
      {disputes.map((one) => (
        <p key={one.id} class={one.is_open ? "note bad" : "note"}>
          <strong>{title(one)}</strong> {details(one)}
        </p>
      ))}
    </section>
  );
}

function title({ kind, is_open }: Dispute): string {
  if (kind === "early_fraud_warning") {
    return "Early fraud warning:";
  }
  return is_open ? "Disputed:" : "Dispute closed:";
}

function details({ amount, currency, reason, status, opened_at }: Dispute): string {
  const parts = [
    amount !== null && currency && money(amount, currency),
    reason && words(reason),
    words(status),
    `since ${moment(opened_at)}`,
  ];
  return `${parts.filter(Boolean).join(", ")}.`;
}
