import type { Order, Refund, StoredEvent } from "../api/types";
import { moment } from "../words/moments";
import { Diagram } from "./diagram/diagram";
import { ORDER_DIAGRAMS, PAYMENT_DIAGRAM, REFUND_DIAGRAM } from "./diagram/diagrams";
import {
  orderPlace,
  paymentEvents,
  paymentPlace,
  refundEvents,
  refundPlace,
} from "./diagram/places";
import { refundName } from "./refunds";
import { useAttempts } from "./use-attempts";
import { WorkflowLink } from "./workflow-link";

interface Props {
  order: Order;
  placed: StoredEvent[];
  paid: StoredEvent[];
  /** The payment's last refund, if there is one. */
  refund: Refund | undefined;
}

const NONE: Record<string, string> = {};

/** The diagrams of the order, its payment and its last refund. */
export function Diagrams({ order, placed, paid, refund }: Props) {
  const { payment } = order;
  const eventTypes = placed.map((event) => event.type);
  const { attempts, chargeRefused } = useAttempts(order);
  return (
    <>
      <section class="card" aria-labelledby="order-diagram">
        <div class="row between">
          <h2 id="order-diagram">Order</h2>
          <WorkflowLink kind="order" id={order.id} />
        </div>
        <Legend />
        <Diagram
          title="The order"
          xml={ORDER_DIAGRAMS[order.policy]}
          events={eventTypes}
          at={orderPlace(order.status, eventTypes)}
          notes={NONE}
          attempts={attempts}
        />
      </section>
      <section class="card" aria-labelledby="payment-diagram">
        <div class="row between">
          <h2 id="payment-diagram">Payment</h2>
          {payment && <WorkflowLink kind="payment" id={order.id} />}
        </div>
        {chargeRefused && (
          <p class="note wait" role="status">
            We could not ask the card provider for the payment; we try again. No card was declined.
          </p>
        )}
        <Diagram
          title="The payment"
          xml={PAYMENT_DIAGRAM}
          events={paymentEvents(paid.map((event) => event.type))}
          at={payment && paymentPlace(payment)}
          notes={notesOf(order)}
          attempts={attempts}
        />
      </section>
      {refund && (
        <section class="card" aria-labelledby="refund-diagram">
          <h2 id="refund-diagram">Refund</h2>
          <p class="muted small">The last one: {refundName(refund)}</p>
          <Diagram
            title="The refund"
            xml={REFUND_DIAGRAM}
            events={refundEvents(refund)}
            at={refundPlace(refund)}
            notes={NONE}
            attempts={attempts}
          />
        </section>
      )}
    </>
  );
}

/** When the timers of a waiting payment fire. */
function notesOf({ payment }: Order): Record<string, string> {
  if (payment?.status !== "awaiting_card") {
    return NONE;
  }
  const { deadline, next_reminder_at } = payment;
  return {
    ...(next_reminder_at && { reminder_due: moment(next_reminder_at) }),
    ...(deadline && { deadline: moment(deadline) }),
  };
}

/** The meaning of the colours. */
function Legend() {
  return (
    <ul class="legend small muted">
      <li class="passed">passed</li>
      <li class="now">current step</li>
      <li class="failure">failed</li>
    </ul>
  );
}
