import { useState } from "preact/hooks";
import type { Order, Refund, StoredEvent } from "../api/types";
import { moment } from "../words/moments";
import { Diagram, type DiagramElement } from "./diagram/diagram";
import { ORDER_DIAGRAMS, PAYMENT_DIAGRAM, REFUND_DIAGRAM } from "./diagram/diagrams";
import {
  orderPlace,
  paymentDecisions,
  paymentEvents,
  paymentPlace,
  refundEvents,
  refundPlace,
} from "./diagram/places";
import type { Process } from "./element/code";
import { ElementDetails } from "./element/element-details";
import { outages } from "./outage";
import { PaymentControls } from "./payment-controls";
import { refundName } from "./refunds";
import type { Past } from "./replay/past";
import type { Retries } from "./use-attempts";
import { WorkflowLink } from "./workflow-link";

interface Props {
  order: Order;
  placed: readonly StoredEvent[];
  paid: readonly StoredEvent[];
  /** The payment's last refund, if there is one. */
  refund: Refund | undefined;
  retries: Retries;
  /** What is shown of it in a replay; null if it is shown as it is. */
  past: Past | null;
  /** Called when something was done that changes the order. */
  reload: () => void;
}

const NONE: Record<string, string> = {};
const NO_ATTEMPTS: Record<string, number> = {};

/** The diagrams of the order, its payment and its last refund. */
export function Diagrams({ order, placed, paid, refund, retries, past, reload }: Props) {
  const { id, payment, currency } = order;
  const [chosen, setChosen] = useState<{ process: Process; element: DiagramElement } | null>(null);
  const now = past ?? {
    order: sideOf(placed, (events) => orderPlace(order.status, events)),
    payment: sideOf(paid, () => payment && paymentPlace(payment)),
  };
  const attempts = past ? NO_ATTEMPTS : retries.attempts;
  const choose = (process: Process) => (element: DiagramElement) => setChosen({ process, element });
  const details = (process: Process, events: readonly StoredEvent[], workflow: string | null) =>
    chosen?.process === process && (
      <ElementDetails
        element={chosen.element}
        process={process}
        events={events}
        currency={currency}
        workflow={workflow}
        close={() => setChosen(null)}
      />
    );
  const shownRefund = refund && refundThen(refund, now.payment.events, paid);
  return (
    <>
      <section class="card" aria-labelledby="order-diagram">
        <div class="row between">
          <h2 id="order-diagram">Order</h2>
          <WorkflowLink workflow={`order/${id}`} text="The order’s workflow in Temporal" />
        </div>
        <Legend />
        <Diagram
          title="The order"
          xml={ORDER_DIAGRAMS[order.policy]}
          events={now.order.events}
          at={now.order.at}
          notes={NONE}
          attempts={attempts}
          onElement={choose("order")}
        />
        {details("order", placed, `order/${id}`)}
        <p class="muted">The order only knows: {knownPayment(now.order.events)}.</p>
      </section>
      <section class="card" aria-labelledby="payment-diagram">
        <div class="row between">
          <h2 id="payment-diagram">Payment</h2>
          {payment && (
            <WorkflowLink workflow={`payment/${id}`} text="The payment’s workflow in Temporal" />
          )}
        </div>
        {!past &&
          outages(attempts, retries.chargeRefused).map((sentence) => (
            <p key={sentence} class="note wait" role="status">
              {sentence}
            </p>
          ))}
        <div class="stage">
          <PaymentControls order={order} paid={paid} reload={reload} />
          <Diagram
            title="The payment"
            xml={PAYMENT_DIAGRAM}
            events={paymentEvents(now.payment.events)}
            at={now.payment.at}
            notes={past ? NONE : notesOf(order)}
            attempts={attempts}
            decided={paymentDecisions(order.reason, now.payment.events)}
            onElement={choose("payment")}
          />
        </div>
        {details("payment", paid, payment && `payment/${id}`)}
        <p class="muted">Declines, reminders and the deadline stay in here.</p>
      </section>
      {refund && shownRefund && (
        <section class="card" aria-labelledby="refund-diagram">
          <h2 id="refund-diagram">Refund</h2>
          <p class="muted small">The last one: {refundName(refund)}</p>
          <Diagram
            title="The refund"
            xml={REFUND_DIAGRAM}
            events={shownRefund.events}
            at={shownRefund.at}
            notes={NONE}
            attempts={attempts}
            onElement={choose("refund")}
          />
          {details("refund", paid, refundWorkflow(id, refund))}
        </section>
      )}
    </>
  );
}

function sideOf(events: readonly StoredEvent[], place: (types: string[]) => string | null) {
  const types = events.map(({ type }) => type);
  return { events: types, at: place(types) };
}

/** What the order knows of its payment: no more than the answer. */
function knownPayment(events: readonly string[]): string {
  if (events.includes("PaymentReceived")) {
    return "payment received";
  }
  return events.includes("PaymentCanceled") ? "payment canceled" : "waiting for payment";
}

/** The last refund when only those events of its payment had happened; null before its first. */
function refundThen(refund: Refund, then: readonly string[], paid: readonly StoredEvent[]) {
  const missing = paid.length - then.length;
  if (missing === 0) {
    return { events: refundEvents(refund), at: refundPlace(refund) };
  }
  const events = refund.events.slice(0, -missing);
  return events.length > 0 ? { events: refundEvents({ ...refund, events }), at: null } : null;
}

function refundWorkflow(id: string, { reason, reference }: Refund): string | null {
  switch (reason) {
    case "operator":
      return `refund/${id}/${reference}`;
    case "order_undone":
      return `refund/${id}`;
    case "dashboard":
      return null;
  }
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
