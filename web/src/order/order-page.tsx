import "./order.css";
import { useEffect } from "preact/hooks";
import type { Order } from "../api/types";
import { Loaded } from "../layout/loaded";
import type { PageProps } from "../page";
import { TimeMachine } from "../time-machine/time-machine";
import { Announcer } from "./announcer";
import { CancelButton } from "./cancel-button";
import { Diagrams } from "./diagrams";
import { Disputes } from "./disputes";
import { Facts } from "./facts";
import { Mails } from "./mails";
import { Money } from "./money";
import { Outcome } from "./outcome";
import { Refunds } from "./refunds";
import { Timeline } from "./timeline";
import { type Events, useEvents } from "./use-events";
import { useOrder } from "./use-order";
import { useRefunds } from "./use-refunds";

/** One order, live: its place on the diagram, and its details. */
export function OrderPage({ parameters }: PageProps) {
  const id = parameters.id ?? "";
  const resource = useOrder(id);
  const { data: order, reload } = resource;
  const eventsOf = useEvents(order ? [`order/${id}`, `payment/${id}`] : []);
  const placed = eventsOf(`order/${id}`);
  const paid = eventsOf(`payment/${id}`);
  const news = placed.events.length + paid.events.length;
  useEffect(() => {
    if (news > 0) {
      reload();
    }
  }, [news, reload]);
  return (
    <Loaded resource={resource}>
      {(data) => <OrderView order={data} placed={placed} paid={paid} reload={reload} />}
    </Loaded>
  );
}

interface Props {
  order: Order;
  placed: Events;
  paid: Events;
  reload: () => void;
}

function OrderView({ order, placed, paid, reload }: Props) {
  const { payment, currency } = order;
  const news = placed.events.length + paid.events.length;
  const isPaid = paid.events.some(({ type }) => type === "PaymentReceived");
  const { data: given, reload: reloadRefunds } = useRefunds(isPaid ? order.id : null, news);
  const refunded = () => {
    reloadRefunds();
    reload();
  };
  return (
    <>
      <Outcome order={order} lost={placed.lost} onUpdated={reload}>
        <CancelButton order={order} onCanceled={reload} />
      </Outcome>
      {given && <Disputes disputes={given.disputes} />}
      <Announcer placed={placed.events} paid={paid.events} currency={currency} />
      <Diagrams
        order={order}
        placed={placed.events}
        paid={paid.events}
        refund={given?.refunds.at(-1)}
      />
      {payment && <TimeMachine payment={payment} moved={reload} />}
      <div class="details">
        <Timeline title="What happened to the order" {...placed} currency={currency} />
        <Timeline title="What happened to the payment" {...paid} currency={currency} />
        <Facts order={order} />
        {given && <Refunds payment={order.id} given={given} reload={refunded} />}
        <Money order={order} news={news} />
        <Mails order={order} news={news} />
      </div>
    </>
  );
}
