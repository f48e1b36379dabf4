import type { Refund } from "../api/types";
import { Badge } from "../words/badge";
import { moment } from "../words/moments";
import { money } from "../words/money";
import { words } from "../words/statuses";
import { RefundForm } from "./refund-form";
import type { GivenBack } from "./use-refunds";

interface Props {
  payment: string;
  given: GivenBack;
  reload: () => void;
}

/** What of a payment is held, its refunds with their states, and a form to give back more. */
export function Refunds({ payment, given, reload }: Props) {
  const { card, account, currency, can_refund, refunds } = given;
  const owed = refunds.some(isOwed);
  return (
    <section class="card" aria-labelledby="refunds">
      <h2 id="refunds">Refunds</h2>
      <dl class="facts amounts">
        <dt>Held of the card</dt>
        <dd>{money(card, currency)}</dd>
        <dt>Held of the account</dt>
        <dd>{money(account, currency)}</dd>
      </dl>
      <ul class="plain">
        {refunds.map((refund) => (
          <RefundView key={refund.reference} refund={refund} currency={currency} />
        ))}
      </ul>
      {refunds.length === 0 && <p class="muted">None yet.</p>}
      {can_refund && (card + account > 0 || owed) && (
        <RefundForm payment={payment} held={card + account} currency={currency} reload={reload} />
      )}
    </section>
  );
}

function RefundView({ refund, currency }: { refund: Refund; currency: string }) {
  const { status, amount, to_card, to_account, requested_at } = refund;
  const parts = [
    to_card > 0 && `${money(to_card, currency)} to the card`,
    to_account > 0 && `${money(to_account, currency)} to the account`,
  ];
  return (
    <li>
      <span class="row between">
        <span>
          {refundName(refund)} <Badge status={status} />
        </span>
        <span>{money(amount, currency)}</span>
      </span>
      <span class="muted small block">
        {parts.filter(Boolean).join(", ")}, {moment(requested_at)}
      </span>
      <span class="small block">{outcome(refund)}</span>
    </li>
  );
}

/** The refund by what requested it: an operator's reference, the order or the dashboard. */
export function refundName({ reason, reference }: Pick<Refund, "reason" | "reference">): string {
  switch (reason) {
    case "operator":
      return reference;
    case "order_undone":
      return "Order undone";
    case "dashboard":
      return "In the dashboard";
  }
}

function outcome(refund: Refund): string {
  const { failure, replaced_by, settled_reason } = refund;
  if (settled_reason) {
    return `Given back in another way: ${settled_reason}`;
  }
  const why = failure ? `Reason: ${words(failure)}. ` : "";
  if (replaced_by) {
    return `${why}Replaced by ${replaced_by}.`;
  }
  return isOwed(refund) ? `${why}Owed to the customer.` : "";
}

function isOwed({ status, replaced_by }: Refund): boolean {
  return (status === "refused" || status === "failed") && !replaced_by;
}
