import { answer, api } from "../api/client";
import type { Order, StoredEvent } from "../api/types";
import { Confirmation } from "../authentication/confirmation";
import { CardForm } from "../customer/card-form";
import { TimeMachine } from "../time-machine/time-machine";
import { needsAuthentication } from "../words/failure";
import { Waiting } from "./waiting";

interface Props {
  order: Order;
  paid: readonly StoredEvent[];
  reload: () => void;
}

/** What can be done with a payment whose card was declined: nothing if none was. */
export function PaymentControls({ order, paid, reload }: Props) {
  const { customer_id, payment } = order;
  if (!payment || !paid.some(({ type }) => type === "CreditCardFailed")) {
    return null;
  }
  return (
    <div class="controls">
      {payment.status === "awaiting_card" ? (
        <div class="note wait">
          <Waiting payment={payment} />
          {needsAuthentication(payment) && (
            <Confirmation secret={() => clientSecret(payment.id)} onConfirmed={reload} />
          )}
          <CardForm customer={customer_id} onUpdated={reload} />
        </div>
      ) : (
        <p class="note">{OTHERWISE[payment.status] ?? "The payment goes on."}</p>
      )}
      <TimeMachine payment={payment} moved={reload} />
    </div>
  );
}

const OTHERWISE: Partial<Record<NonNullable<Order["payment"]>["status"], string>> = {
  charging: "The card is being charged.",
  received: "The payment was received.",
  canceled: "The payment was canceled.",
  refunding: "The payment is being refunded.",
  refunded: "The payment was refunded.",
};

async function clientSecret(id: string): Promise<string> {
  const params = { path: { id } };
  return (await answer(api.GET("/payments/{id}/authentication", { params }))).client_secret;
}
