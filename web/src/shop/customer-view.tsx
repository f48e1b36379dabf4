import { answer, api } from "../api/client";
import type { Customer } from "../api/types";
import { useAnswer } from "../api/use-answer";
import { usePoll } from "../api/use-poll";
import { CardForm } from "../customer/card-form";
import { Answered } from "../layout/answered";
import { brand } from "../words/brand";
import { money } from "../words/money";
import { LastOrders } from "./last-orders";
import { CUSTOMERS } from "./samples";
import { StockButton } from "./stock-button";

const LOOK_SECONDS = 3;

/** What a customer sees of themselves: balance, card, orders, and what waits for them. */
export function CustomerView({ id, onStocked }: { id: string; onStocked: () => void }) {
  const customer = useAnswer(
    () => answer(api.GET("/customers/{id}", { params: { path: { id } } })),
    [id],
  );
  usePoll(customer, LOOK_SECONDS);
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
    <Answered asked={customer}>
      {(data) => (
        <>
          <Particulars customer={data} />
          <Waiting id={id} />
          <CardForm customer={id} onUpdated={customer.again} />
          <LastOrders customer={id} />
        </>
      )}
    </Answered>
  );
}

function Particulars({ customer }: { customer: Customer }) {
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

/** Says so if the customer's card is what an order waits for, however many came after it. */
function Waiting({ id }: { id: string }) {
  const query = { customer_id: id, status: "awaiting_payment" } as const;
  const asked = useAnswer(() => answer(api.GET("/orders", { params: { query } })), [id]);
  usePoll(asked, LOOK_SECONDS);
  const orders = asked.data?.orders ?? [];
  const waiting = orders.filter((one) => one.payment?.status === "awaiting_card").length;
  return waiting === 0 ? null : (
    <p class="note wait">
      {waiting === 1 ? "A payment waits" : `${waiting} payments wait`} for another card.
    </p>
  );
}
