import { useEffect, useMemo } from "preact/hooks";
import { RefusalNote } from "../layout/refusal-note";
import { Diagram } from "../order/diagram/diagram";
import { ORDER_DIAGRAMS } from "../order/diagram/diagrams";
import { orderPlace } from "../order/diagram/places";
import { saidOf } from "../order/said";
import { isOver } from "../order/settled";
import { useEvents } from "../order/use-events";
import { useOrder } from "../order/use-order";
import { Badge } from "../words/badge";
import { eventName } from "../words/happened";
import { POLICY } from "../words/policies";
import { upright } from "./upright";
import { useWide } from "./use-wide";

const NO_NOTES: Record<string, string> = {};

/** One of the orders, live on the diagram of its policy. */
export function OrderView({ id }: { id: string }) {
  const { data: order, refusal, again } = useOrder(id);
  const { events } = useEvents(order && `/orders/${id}/events`, order ? isOver(order) : false);
  useEffect(again, [events.length, again]);
  const wide = useWide();
  const drawn = order && ORDER_DIAGRAMS[order.policy];
  const xml = useMemo(() => (drawn && wide ? upright(drawn) : drawn), [drawn, wide]);
  if (!order || !xml) {
    return refusal ? (
      <RefusalNote refusal={refusal} again={again} />
    ) : (
      <p role="status">Loading …</p>
    );
  }
  const happened = events.map((event) => event.type);
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
        events={happened}
        at={orderPlace(order.status, happened)}
        notes={NO_NOTES}
      />
      <ol class="row small happened">
        {events.map((event) => (
          <li key={event.sequence}>{eventName(event.type)}</li>
        ))}
      </ol>
      <p aria-live="polite">{saidOf(order)}</p>
    </section>
  );
}
