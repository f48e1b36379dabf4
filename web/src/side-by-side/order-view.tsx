import { useEffect, useMemo } from "preact/hooks";
import type { StoredEvent } from "../api/types";
import { RefusalNote } from "../layout/refusal-note";
import { Diagram } from "../order/diagram/diagram";
import { ORDER_DIAGRAMS } from "../order/diagram/diagrams";
import { orderPlace } from "../order/diagram/places";
import { orderSummary } from "../order/order-summary";
import { useOrder } from "../order/use-order";
import { Badge } from "../words/badge";
import { eventName } from "../words/events";
import { POLICY } from "../words/policies";
import { useWide } from "./use-wide";
import { verticalLayout } from "./vertical-layout";

const NO_NOTES: Record<string, string> = {};

/** One of the orders, live on the diagram of its policy. */
export function OrderView({ id, events }: { id: string; events: StoredEvent[] }) {
  const { data: order, refusal, reload } = useOrder(id);
  useEffect(reload, [events.length, reload]);
  const wide = useWide();
  const drawn = order && ORDER_DIAGRAMS[order.policy];
  const xml = useMemo(() => (drawn && wide ? verticalLayout(drawn) : drawn), [drawn, wide]);
  if (!order || !xml) {
    return refusal ? (
      <RefusalNote refusal={refusal} reload={reload} />
    ) : (
      <p role="status">Loading …</p>
    );
  }
  const eventTypes = events.map((event) => event.type);
  const { name, meaning } = POLICY[order.policy];
  return (
    <section class="card" aria-label={name}>
      <div class="row between">
        <h2>
          {name} <Badge status={order.status} />
        </h2>
        <a href={`#/orders/${id}`} aria-label={`${name}: the order and its payment`}>
          The order and its payment
        </a>
      </div>
      <p class="small muted">{meaning}</p>
      <Diagram
        title={name}
        xml={xml}
        events={eventTypes}
        at={orderPlace(order.status, eventTypes)}
        notes={NO_NOTES}
      />
      <ol class="row small events">
        {events.map((event) => (
          <li key={event.sequence}>{eventName(event.type)}</li>
        ))}
      </ol>
      <p aria-live="polite">{orderSummary(order)}</p>
    </section>
  );
}
