import { answer, api } from "../api/client";
import { useAnswer } from "../api/use-answer";
import { CardForm } from "../customer/card-form";
import { RefusalNote } from "../layout/refusal-note";
import { money } from "../words/money";
import { LastOrders } from "./last-orders";
import { StockButton } from "./stock-button";

/** What a customer sees of themselves: balance, card, orders, and what waits for them. */
export function CustomerView({ id, onStocked }: { id: string; onStocked: () => void }) {
  const params = { path: { id } };
  const customer = useAnswer(() => answer(api.GET("/customers/{id}", { params })), [id]);
  const query = { customer_id: id, limit: 8 };
  const orders = useAnswer(() => answer(api.GET("/orders", { params: { query } })), [id]);
  if (customer.refusal?.status === 404) {
    return (
      <div class="stack">
        <p class="note wait">
          There is no customer <code>{id}</code>.
        </p>
        <StockButton onStocked={onStocked} />
      </div>
    );
  }
  if (customer.refusal) {
    return <RefusalNote refusal={customer.refusal} again={customer.again} />;
  }
  if (!customer.data) {
    return <p role="status">Loading …</p>;
  }
  const { name, email, balance, card, currency } = customer.data;
  const waiting =
    orders.data?.orders.filter((one) => one.payment?.status === "awaiting_card") ?? [];
  const refresh = () => {
    customer.again();
    orders.again();
  };
  return (
    <>
      <dl class="facts">
        <dt>Name</dt>
        <dd>
          {name} <span class="muted small">{email}</span>
        </dd>
        <dt>Balance</dt>
        <dd>{money(balance, currency)}</dd>
        <dt>Card</dt>
        <dd>
          {card ? (
            <>
              {card.brand} ending in {card.last4}, valid to {card.exp_month}/{card.exp_year}
            </>
          ) : (
            "none"
          )}
        </dd>
      </dl>
      {waiting.length > 0 && (
        <p class="note wait">
          {waiting.length === 1 ? "A payment waits" : `${waiting.length} payments wait`} for another
          card.
        </p>
      )}
      <CardForm customer={id} onUpdated={refresh} />
      <LastOrders orders={orders.data?.orders ?? []} />
    </>
  );
}
