import type { ComponentChildren } from "preact";
import type { Order } from "../api/types";
import { Badge } from "../words/badge";
import { money } from "../words/money";
import { POLICY } from "../words/policies";
import { orderSummary } from "./order-summary";

interface Props {
  order: Order;
  /** Whether a stream of events is lost at the moment. */
  lost: boolean;
  children: ComponentChildren;
}

/** The state of the order in words, and the possible actions. */
export function Outcome({ order, lost, children }: Props) {
  const { customer_id, total, currency, policy, status } = order;
  return (
    <section class="outcome" aria-labelledby="order-title">
      <div class="row between">
        <h1 id="order-title">
          {customer_id}’s order of {money(total, currency)} <Badge status={status} />
        </h1>
        {children}
      </div>
      <p>
        {orderSummary(order)}{" "}
        <span class="muted">Policy: {POLICY[policy].name.toLowerCase()}.</span>
      </p>
      {lost && (
        <p class="small muted" role="status">
          Not connected: trying again …
        </p>
      )}
    </section>
  );
}
