import type { Operations } from "../api/types";
import { Scroll } from "../layout/scroll";
import { moment } from "../words/moments";
import { money } from "../words/money";
import { words } from "../words/statuses";
import { Query } from "./query";

type Disputes = Operations["disputes"];
type Dispute = Disputes["disputes"][number];

const KIND: Record<Dispute["kind"], string> = {
  dispute: "Dispute",
  early_fraud_warning: "Early fraud warning",
};

/** Open disputes and early fraud warnings: those of our payments first, then by age. */
export function DisputesList({ disputes: { open, disputes, query } }: { disputes: Disputes }) {
  return (
    <section class="card stack" aria-labelledby="disputes">
      <h2 id="disputes">Open disputes and fraud warnings</h2>
      <Query of="the open disputes" text={query} />
      {open === 0 && <p class="muted">No charge is disputed.</p>}
      {open > 0 && <Table disputes={disputes} />}
      {open > disputes.length && (
        <p class="muted small">
          The first {disputes.length} of {open}
        </p>
      )}
    </section>
  );
}

function Table({ disputes }: { disputes: Dispute[] }) {
  return (
    <Scroll label="Table of open disputes">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">Payment</th>
            <th scope="col">Kind</th>
            <th scope="col">Status</th>
            <th scope="col">Reason</th>
            <th scope="col" class="number">
              Amount
            </th>
            <th scope="col">Opened</th>
            <th scope="col">Id at the card provider</th>
          </tr>
        </thead>
        <tbody>
          {disputes.map((dispute) => (
            <Row key={dispute.id} dispute={dispute} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Row({ dispute }: { dispute: Dispute }) {
  const { payment_id, order_id, amount, currency } = dispute;
  const short = payment_id ? <code>{payment_id.slice(0, 8)}</code> : "not ours";
  return (
    <tr>
      <td>{order_id ? <a href={`#/orders/${order_id}`}>{short}</a> : short}</td>
      <td>{KIND[dispute.kind]}</td>
      <td>{words(dispute.status)}</td>
      <td>{dispute.reason && words(dispute.reason)}</td>
      <td class="number">{amount !== null && currency ? money(amount, currency) : "–"}</td>
      <td class="when">{moment(dispute.opened_at)}</td>
      <td>
        <code>{dispute.id}</code>
      </td>
    </tr>
  );
}
