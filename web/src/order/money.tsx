import type { Order } from "../api/types";
import { money } from "../words/money";

/** What is to be paid, and what was paid and refunded. */
export function Money({ order }: { order: Order }) {
  const { payment, currency, total } = order;
  return (
    <section class="card" aria-labelledby="money">
      <h2 id="money">Amounts</h2>
      <dl class="facts amounts">
        <dt>Total</dt>
        <dd>{money(total, currency)}</dd>
        <dt>Withdrawn from account</dt>
        <dd>{money(payment?.withdrawn ?? 0, currency)}</dd>
        <dt>Charged to card</dt>
        <dd>{money(payment?.charged ?? 0, currency)}</dd>
        <dt>Refunded</dt>
        <dd>{money(payment?.refunded ?? 0, currency)}</dd>
      </dl>
    </section>
  );
}
