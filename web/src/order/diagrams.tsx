import type { Order, StoredEvent } from "../api/types";
import { moment } from "../words/moments";
import { Diagram } from "./diagram/diagram";
import { ORDER_DIAGRAMS, PAYMENT_DIAGRAM } from "./diagram/diagrams";
import { orderPlace, paymentPlace } from "./diagram/places";
import { useAttempts } from "./use-attempts";
import { WorkflowLink } from "./workflow-link";

interface Props {
  order: Order;
  placed: StoredEvent[];
  paid: StoredEvent[];
}

const NONE: Record<string, string> = {};

/** The diagrams of the order and of its payment. */
export function Diagrams({ order, placed, paid }: Props) {
  const { payment } = order;
  const eventTypes = placed.map((event) => event.type);
  const attempts = useAttempts(order);
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
        <Diagram
          title="The payment"
          xml={PAYMENT_DIAGRAM}
          events={paid.map((event) => event.type)}
          at={payment && paymentPlace(payment)}
          notes={notesOf(order)}
          attempts={attempts}
        />
      </section>
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
