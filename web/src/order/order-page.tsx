import "./order.css";
import { useEffect, useMemo } from "preact/hooks";
import type { Order } from "../api/types";
import { Loaded } from "../layout/loaded";
import { setTitle } from "../layout/title";
import type { PageProps } from "../page";
import { money } from "../words/money";
import { Announcer } from "./announcer";
import { CancelButton } from "./cancel-button";
import { isOver, isSettled } from "./completion";
import { Diagrams } from "./diagrams";
import { Disputes } from "./disputes";
import { Facts } from "./facts";
import { Money } from "./money";
import { Outcome } from "./outcome";
import { Refunds } from "./refunds";
import { past } from "./replay/past";
import { ReplayBar } from "./replay/replay-bar";
import { useReplay } from "./replay/use-replay";
import { merged } from "./timeline/merged";
import { Timeline } from "./timeline/timeline";
import { useAttempts } from "./use-attempts";
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
  const settled = order !== null && isSettled(order);
  useEffect(() => {
    if (news > 0 && !settled) {
      reload();
    }
  }, [news, settled, reload]);
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
  const { customer_id, total, currency } = order;
  const news = placed.events.length + paid.events.length;
  const isPaid = paid.events.some(({ type }) => type === "PaymentReceived");
  const { data: given, reload: reloadRefunds } = useRefunds(isPaid ? order.id : null, news);
  const refunded = () => {
    reloadRefunds();
    reload();
  };
  const retries = useAttempts(order);
  const events = useMemo(() => merged(placed.events, paid.events), [news]);
  const replay = useReplay(events.length);
  const then = useMemo(
    () => (replay.step === null ? null : past(events, replay.step)),
    [events, replay.step],
  );
  useEffect(() => {
    setTitle(`${customer_id}, ${money(total, currency)}`);
  }, [customer_id, total, currency]);
  return (
    <>
      <Outcome order={order} lost={placed.lost}>
        <CancelButton order={order} onCanceled={reload} />
      </Outcome>
      {given && <Disputes disputes={given.disputes} />}
      <Announcer placed={placed.events} paid={paid.events} currency={currency} />
      {isOver(order) && <ReplayBar replay={replay} events={events} currency={currency} />}
      <Diagrams
        order={order}
        placed={placed.events}
        paid={paid.events}
        refund={given?.refunds.at(-1)}
        retries={retries}
        past={then}
        reload={reload}
      />
      <div class="details">
        <Timeline order={order} events={events} retries={retries} step={replay.step} />
        <div class="stack">
          <Facts order={order} />
          <Money order={order} />
          {given && <Refunds payment={order.id} given={given} reload={refunded} />}
        </div>
      </div>
    </>
  );
}
