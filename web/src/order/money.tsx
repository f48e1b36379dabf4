import { answer, api } from "../api/client";
import type { Order, Transfer } from "../api/types";
import { useResource } from "../api/use-resource";
import { Loaded } from "../layout/loaded";
import { moment } from "../words/moments";
import { money } from "../words/money";

/** Amounts and ledger transfers; reloaded when there are new events. */
export function Money({ order, news }: { order: Order; news: number }) {
  const { id, payment, currency } = order;
  const params = { path: { id } };
  const resource = useResource(
    async () =>
      payment ? answer(api.GET("/payments/{id}/transfers", { params })) : { transfers: [] },
    [id, news, payment === null],
  );
  return (
    <section class="card" aria-labelledby="money">
      <h2 id="money">Amounts</h2>
      <dl class="facts amounts">
        <dt>Total</dt>
        <dd>{money(order.total, currency)}</dd>
        <dt>Withdrawn from account</dt>
        <dd>{money(payment?.withdrawn ?? 0, currency)}</dd>
        <dt>Charged to card</dt>
        <dd>{money(payment?.charged ?? 0, currency)}</dd>
        <dt>Refunded</dt>
        <dd>{money(payment?.refunded ?? 0, currency)}</dd>
      </dl>
      <Loaded resource={resource}>
        {({ transfers }) => transfers.length > 0 && <Ledger transfers={transfers} />}
      </Loaded>
    </section>
  );
}

function Ledger({ transfers }: { transfers: Transfer[] }) {
  return (
    <>
      <h3>Ledger</h3>
      <ul class="plain small">
        {transfers.map((one) => (
          <li key={one.id}>
            <span class="row between">
              <span>
                {one.debit} → {one.credit}
              </span>
              <span>{money(one.amount, one.currency)}</span>
            </span>
            <span class="muted">{moment(one.at)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
