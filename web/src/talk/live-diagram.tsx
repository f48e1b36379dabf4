import type { Order } from "../api/types";
import { Diagram } from "../order/diagram/diagram";
import { ORDER_DIAGRAMS, PAYMENT_DIAGRAM } from "../order/diagram/diagrams";
import { orderPlace, paymentEvents, paymentPlace } from "../order/diagram/places";
import { orderSummary } from "../order/order-summary";
import { useAttempts } from "../order/use-attempts";
import { Badge } from "../words/badge";
import { eventName } from "../words/events";
import { money } from "../words/money";
import type { Slide } from "./slides";
import { Spotlight } from "./spotlight";
import type { Played } from "./use-played-order";

const NO_NOTES = {};
const NO_ATTEMPTS = {};
const TITLES = { order: "The order", payment: "The payment" };

/** The process that a slide speaks of, with the tour's order on it. */
export function LiveDiagram({ slide, played }: { slide: Slide; played: Played }) {
  const { order } = played;
  return (
    <section class="card talk-process" aria-labelledby="talk-diagram">
      <div class="row between">
        <h2 id="talk-diagram">{TITLES[slide.process]}</h2>
        <span class="small talk-legend">What this slide is about</span>
      </div>
      {order ? (
        <Summary order={order} />
      ) : (
        <p class="muted">There is no order yet: place one here, or on slide 1.</p>
      )}
      <Spotlight elements={slide.elements}>
        {order ? (
          <WithOrder slide={slide} order={order} played={played} />
        ) : (
          <Drawn slide={slide} policy="charge_first" events={[]} at={null} attempts={NO_ATTEMPTS} />
        )}
      </Spotlight>
    </section>
  );
}

/** A projection of the order and its payment. */
function Summary({ order }: { order: Order }) {
  return (
    <p class="row">
      <span>
        Order of {money(order.total, order.currency)} <Badge status={order.status} />
      </span>
      {order.payment && (
        <span>
          Payment <Badge status={order.payment.status} />
        </span>
      )}
      <span>{orderSummary(order)}</span>
      <a href={`#/orders/${order.id}`}>All about this order</a>
    </p>
  );
}

function WithOrder({ slide, order, played }: { slide: Slide; order: Order; played: Played }) {
  const { attempts } = useAttempts(order);
  const { policy, status, payment } = order;
  const placed = played.placed.map(({ type }) => type);
  const paid = paymentEvents(played.paid.map(({ type }) => type));
  const isShown = slide.process === "payment" || !slide.policy || slide.policy === policy;
  const isOrder = slide.process === "order";
  return (
    <Drawn
      slide={slide}
      policy={policy}
      events={!isShown ? [] : isOrder ? placed : paid}
      at={!isShown ? null : isOrder ? orderPlace(status, placed) : payment && paymentPlace(payment)}
      attempts={isShown ? attempts : NO_ATTEMPTS}
    />
  );
}

interface DrawnProps {
  slide: Slide;
  policy: Order["policy"];
  events: string[];
  at: string | null;
  attempts: Record<string, number>;
}

function Drawn({ slide, policy, events, at, attempts }: DrawnProps) {
  const isOrder = slide.process === "order";
  return (
    <>
      <Diagram
        title={TITLES[slide.process]}
        xml={isOrder ? ORDER_DIAGRAMS[slide.policy ?? policy] : PAYMENT_DIAGRAM}
        events={events}
        at={at}
        notes={NO_NOTES}
        attempts={attempts}
      />
      <ol class="row small talk-events" aria-label={`Events of ${TITLES[slide.process]}`}>
        {events.map((type, place) => (
          <li key={place}>{eventName(type)}</li>
        ))}
      </ol>
    </>
  );
}
