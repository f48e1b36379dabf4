import "./order.css";
import { useEffect } from "preact/hooks";
import type { Order } from "../api/types";
import { Answered } from "../layout/answered";
import type { PageProps } from "../page";
import { TimeMachine } from "../time-machine/time-machine";
import { Announcer } from "./announcer";
import { CancelButton } from "./cancel-button";
import { Diagrams } from "./diagrams";
import { Facts } from "./facts";
import { Mails } from "./mails";
import { Money } from "./money";
import { Outcome } from "./outcome";
import { isOver } from "./settled";
import { Timeline } from "./timeline";
import { type Events, useEvents } from "./use-events";
import { useOrder } from "./use-order";

/** One order, live: where it is on the talk's picture, and what there is to know of it. */
export function OrderPage({ parameters }: PageProps) {
  const id = parameters.id ?? "";
  const asked = useOrder(id, true);
  const { data: order, again } = asked;
  const over = order ? isOver(order) : false;
  const placed = useEvents(order && `/orders/${id}/events`, over);
  const paid = useEvents(order?.payment ? `/payments/${id}/events` : null, over);
  const news = placed.events.length + paid.events.length;
  useEffect(() => {
    if (news > 0) {
      again();
    }
  }, [news, again]);
  return (
    <Answered asked={asked}>
      {(data) => <OrderView order={data} placed={placed} paid={paid} again={again} />}
    </Answered>
  );
}

interface Props {
  order: Order;
  placed: Events;
  paid: Events;
  again: () => void;
}

function OrderView({ order, placed, paid, again }: Props) {
  const { payment, currency } = order;
  const news = placed.events.length + paid.events.length;
  return (
    <>
      <Outcome order={order} lost={placed.lost || paid.lost} onUpdated={again}>
        <CancelButton order={order} onCanceled={again} />
      </Outcome>
      <Announcer placed={placed.events} paid={paid.events} currency={currency} />
      <Diagrams order={order} placed={placed.events} paid={paid.events} />
      {payment && <TimeMachine payment={payment} moved={again} />}
      <div class="details">
        <Timeline title="What happened to the order" {...placed} currency={currency} />
        <Timeline title="What happened to the payment" {...paid} currency={currency} />
        <Facts order={order} />
        <Money order={order} news={news} />
        <Mails id={order.id} news={news} />
      </div>
    </>
  );
}
