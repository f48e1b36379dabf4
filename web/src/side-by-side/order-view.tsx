import { useEffect, useMemo } from "preact/hooks";
import type { Order, StoredEvent } from "../api/types";
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

interface Props {
  id: string;
  events: StoredEvent[];
  /** Called with the order whenever it was loaded. */
  onLoaded?: (order: Order) => void;
}

/** One of the orders, live on the diagram of its policy. */
export function OrderView({ id, events, onLoaded }: Props) {
  const { data: order, refusal, reload } = useOrder(id);
  useEffect(() => {
    if (order) {
      onLoaded?.(order);
    }
  }, [order, onLoaded]);
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
      <h2>
        {name} <Badge status={order.status} />
      </h2>
      <Diagram
        title={name}
        xml={xml}
        events={eventTypes}
        at={orderPlace(order.status, eventTypes)}
        notes={NO_NOTES}
        tools={false}
      />
      <ol class="row small events">
        {events.map((event) => (
          <li key={event.sequence}>{eventName(event.type)}</li>
        ))}
      </ol>
      <p aria-live="polite">{orderSummary(order)}</p>
      <p class="small muted">{meaning}</p>
      <a href={`#/orders/${id}`} aria-label={`${name}: the order and its payment`}>
        The order and its payment
      </a>
    </section>
  );
}
