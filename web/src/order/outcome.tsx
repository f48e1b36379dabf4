import type { ComponentChildren } from "preact";
import { answer, api } from "../api/client";
import type { Order } from "../api/types";
import { Confirmation } from "../authentication/confirmation";
import { CardForm } from "../customer/card-form";
import { Badge } from "../words/badge";
import { needsAuthentication } from "../words/failure";
import { money } from "../words/money";
import { POLICY } from "../words/policies";
import { orderSummary } from "./order-summary";
import { Waiting } from "./waiting";

interface Props {
  order: Order;
  /** Whether a stream of events is lost at the moment. */
  lost: boolean;
  onUpdated: () => void;
  children: ComponentChildren;
}

/** The state of the order in words, and the possible actions. */
export function Outcome({ order, lost, onUpdated, children }: Props) {
  const { customer_id, payment, total, currency, policy, status } = order;
  const waits = payment?.status === "awaiting_card";
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
      {waits && (
        <div class="note wait waiting">
          <Waiting payment={payment} />
          {needsAuthentication(payment) && (
            <Confirmation secret={() => clientSecret(payment.id)} onConfirmed={onUpdated} />
          )}
          <CardForm customer={customer_id} onUpdated={onUpdated} />
        </div>
      )}
    </section>
  );
}

async function clientSecret(id: string): Promise<string> {
  const params = { path: { id } };
  return (await answer(api.GET("/payments/{id}/authentication", { params }))).client_secret;
}
