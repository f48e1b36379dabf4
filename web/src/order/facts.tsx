import type { Order } from "../api/types";
import { CopyId } from "../layout/copy-id";
import { moment } from "../words/moments";
import { money } from "../words/money";
import { POLICY } from "../words/policies";
import { words } from "../words/statuses";

/** The ordered products, the policy and the shipment. */
export function Facts({ order }: { order: Order }) {
  const { shipment, currency } = order;
  return (
    <section class="card" aria-labelledby="facts">
      <h2 id="facts">Order details</h2>
      <ul class="plain">
        {order.lines.map((line) => (
          <li key={line.sku} class="row between">
            <span>
              {line.quantity} × {line.name}
            </span>
            <span>{money(line.quantity * line.price, currency)}</span>
          </li>
        ))}
      </ul>
      <dl class="facts">
        <dt>Placed</dt>
        <dd>{moment(order.placed_at)}</dd>
        <dt>Policy</dt>
        <dd>
          {POLICY[order.policy].name}
          <span class="muted small block">{POLICY[order.policy].meaning}</span>
        </dd>
        <dt>Shipment</dt>
        <dd>{shipment ? `${shipment.tracking_number}, ${words(shipment.status)}` : "none"}</dd>
        <dt>Id</dt>
        <dd>
          <CopyId id={order.id} what="order id" />
        </dd>
      </dl>
    </section>
  );
}
