import { answer, api } from "../api/client";
import type { Customer } from "../api/types";
import { usePoll } from "../api/use-poll";
import { useResource } from "../api/use-resource";
import { CardForm } from "../customer/card-form";
import { Loaded } from "../layout/loaded";
import { brand } from "../words/brand";
import { money } from "../words/money";
import { LastOrders } from "./last-orders";
import { CUSTOMERS } from "./samples";
import { StockButton } from "./stock-button";

const POLL_SECONDS = 3;

/** A customer's balance, card, orders and waiting payments. */
export function CustomerView({ id, onStocked }: { id: string; onStocked: () => void }) {
  const customer = useResource(
    () => answer(api.GET("/customers/{id}", { params: { path: { id } } })),
    [id],
  );
  usePoll(customer, POLL_SECONDS);
  if (customer.refusal?.status === 404) {
    return (
      <div class="stack">
        <p class="note wait">
          There is no customer <code>{id}</code>.
        </p>
        {CUSTOMERS.some((sample) => sample.id === id) && <StockButton onStocked={onStocked} />}
      </div>
    );
  }
  return (
    <Loaded resource={customer}>
      {(data) => (
        <>
          <Details customer={data} />
          <Waiting id={id} />
          <CardForm customer={id} onUpdated={customer.reload} />
          <LastOrders customer={id} />
        </>
      )}
    </Loaded>
  );
}

function Details({ customer }: { customer: Customer }) {
  const { name, email, balance, card, currency } = customer;
  return (
    <dl class="facts">
      <dt>Name</dt>
      <dd>
        {name} <span class="muted small">{email}</span>
      </dd>
      <dt>Balance</dt>
      <dd>{money(balance, currency)}</dd>
      <dt>Card</dt>
      <dd>
        {card
          ? `${brand(card.brand)} ending in ${card.last4}, valid to ${card.exp_month}/${card.exp_year}`
          : "none"}
      </dd>
    </dl>
  );
}

/** Shows how many of the customer's payments wait for another card. */
function Waiting({ id }: { id: string }) {
  const query = { customer_id: id, status: "awaiting_payment" } as const;
  const resource = useResource(() => answer(api.GET("/orders", { params: { query } })), [id]);
  usePoll(resource, POLL_SECONDS);
  const orders = resource.data?.orders ?? [];
  const waiting = orders.filter((one) => one.payment?.status === "awaiting_card").length;
  return waiting === 0 ? null : (
    <p class="note wait">
      {waiting === 1 ? "A payment waits" : `${waiting} payments wait`} for another card.
    </p>
  );
}
