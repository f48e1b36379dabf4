import { answer, api } from "../api/client";
import type { Order, Transfer } from "../api/types";
import { useAnswer } from "../api/use-answer";
import { Answered } from "../layout/answered";
import { moment } from "../words/moments";
import { money } from "../words/money";

/** What was taken and given back, and the ledger's lines; asked for again when there is news. */
export function Money({ order, news }: { order: Order; news: number }) {
  const { id, payment, currency } = order;
  const params = { path: { id } };
  const asked = useAnswer(
    async () =>
      payment ? answer(api.GET("/payments/{id}/transfers", { params })) : { transfers: [] },
    [id, news, payment === null],
  );
  return (
    <section class="card" aria-labelledby="money">
      <h2 id="money">The money</h2>
      <dl class="facts amounts">
        <dt>To pay</dt>
        <dd>{money(order.total, currency)}</dd>
        <dt>Held from the account</dt>
        <dd>{money(payment?.withdrawn ?? 0, currency)}</dd>
        <dt>Held from the card</dt>
        <dd>{money(payment?.charged ?? 0, currency)}</dd>
        <dt>Refunded</dt>
        <dd>{money(payment?.refunded ?? 0, currency)}</dd>
      </dl>
      <Answered asked={asked}>
        {({ transfers }) => transfers.length > 0 && <Ledger transfers={transfers} />}
      </Answered>
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
