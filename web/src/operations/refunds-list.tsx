import { useState } from "preact/hooks";
import { answer, api } from "../api/client";
import type { Operations } from "../api/types";
import { useAction } from "../api/use-action";
import { RefusalNote } from "../layout/refusal-note";
import { Scroll } from "../layout/scroll";
import { moment } from "../words/moments";
import { money } from "../words/money";
import { words } from "../words/statuses";
import { Query } from "./query";

type Refunds = Operations["refunds"];
type Refund = Refunds["refunds"][number];

/** Refunds that the card provider refused or that failed: somebody has to give the money back. */
export function RefundsList({ refunds, reload }: { refunds: Refunds; reload: () => void }) {
  const { waiting, refunds: listed, query } = refunds;
  return (
    <section class="card stack" aria-labelledby="refunds-owed">
      <h2 id="refunds-owed">Refunds that need manual action</h2>
      <p class="muted small">
        The card provider could not carry out these refunds. Repay the customer in another way, and
        record how.
      </p>
      <Query of="the refunds that wait" text={query} />
      {waiting === 0 && <p class="muted">No refund needs action.</p>}
      {waiting > 0 && (
        <Scroll label="Table of refunds that wait">
          <table class="list">
            <thead>
              <tr>
                <th scope="col">Payment</th>
                <th scope="col">Reference</th>
                <th scope="col">Status</th>
                <th scope="col">Reason</th>
                <th scope="col" class="number">
                  Amount
                </th>
                <th scope="col">Since</th>
                <th scope="col">Given back in another way</th>
              </tr>
            </thead>
            <tbody>
              {listed.map((refund) => (
                <Row
                  key={`${refund.payment_id} ${refund.reference}`}
                  refund={refund}
                  reload={reload}
                />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {waiting > listed.length && (
        <p class="muted small">
          The first {listed.length} of {waiting}
        </p>
      )}
    </section>
  );
}

function Row({ refund, reload }: { refund: Refund; reload: () => void }) {
  const { payment_id, reference, status, failure, amount, currency, since } = refund;
  return (
    <tr>
      <td>
        <code>{payment_id.slice(0, 8)}</code>
      </td>
      <td>
        <code>{reference}</code>
      </td>
      <td>{words(status)}</td>
      <td>{failure && words(failure)}</td>
      <td class="number">{money(amount, currency)}</td>
      <td class="when">{moment(since)}</td>
      <td>
        <SettleForm refund={refund} reload={reload} />
      </td>
    </tr>
  );
}

/** Books that the money was given back in another way, e.g. by bank transfer. */
function SettleForm({ refund, reload }: { refund: Refund; reload: () => void }) {
  const [reason, setReason] = useState("");
  const action = useAction();
  const settle = (event: Event) => {
    event.preventDefault();
    action.run(async () => {
      const path = { id: refund.payment_id, reference: refund.reference };
      await answer(
        api.POST("/payments/{id}/refunds/{reference}/settle", {
          params: { path },
          body: { reason },
        }),
      );
      reload();
    });
  };
  return (
    <form onSubmit={settle}>
      <input
        aria-label={`How refund ${refund.reference} was given back`}
        placeholder="Bank transfer of 3 May"
        required
        maxLength={500}
        value={reason}
        onInput={(event) => setReason(event.currentTarget.value)}
      />
      <button type="submit" aria-disabled={action.busy}>
        Settle
      </button>
      {action.refusal && <RefusalNote refusal={action.refusal} />}
    </form>
  );
}
