import { useEffect } from "preact/hooks";
import { answer, api } from "../api/client";
import { announceFaults } from "../api/faults";
import { useAction } from "../api/use-action";
import { usePoll } from "../api/use-poll";
import { useResource } from "../api/use-resource";
import { RefusalNote } from "../layout/refusal-note";
import { orderSummary } from "../order/order-summary";
import { useEvents } from "../order/use-events";
import { useOrder } from "../order/use-order";
import { Badge } from "../words/badge";
import { eventName } from "../words/events";
import { POLICY } from "../words/policies";
import { words } from "../words/statuses";

interface Props {
  /** The order's id at the order service; null if none was placed here. */
  id: string | null;
  /** Its number in the chain. */
  number: number | null;
  asked: boolean;
}

/** The order service’s worker, and the same order at the order service. */
export function OrderServiceView({ id, number, asked }: Props) {
  const faults = useResource(() => answer(api.GET("/dev/troubles")), []);
  const action = useAction();
  usePoll(faults, 2);

  const stopped = faults.data?.troubles.some((one) => one.name === "worker_stopped" && one.on);
  const toggle = () =>
    action.run(async () => {
      const params = { path: { name: "worker_stopped" } } as const;
      await answer(api.PUT("/dev/troubles/{name}", { params, body: { on: !stopped } })).finally(
        faults.reload,
      );
      announceFaults();
    });
  return (
    <section class="card stack" aria-labelledby="order-service">
      <h2 id="order-service">Order service</h2>
      <div class="row between service">
        <div>
          <strong>Worker</strong>{" "}
          <span class={`badge ${stopped ? "wait" : "good"}`}>
            {stopped ? "stopped" : "running"}
          </span>
          <div class="small muted">
            For order, payment, inventory and shipment. Each could have a process of its own.
          </div>
        </div>
        <button
          type="button"
          class="quiet"
          aria-disabled={action.busy || !faults.data}
          aria-label={`${stopped ? "Start" : "Stop"} the worker`}
          onClick={toggle}
        >
          {action.busy ? "Working …" : stopped ? "Start" : "Stop"}
        </button>
      </div>
      {faults.refusal && <RefusalNote refusal={faults.refusal} reload={faults.reload} />}
      {action.refusal && <RefusalNote refusal={action.refusal} />}
      {id ? (
        <PlacedOrder key={id} id={id} number={number} asked={asked} />
      ) : (
        <p class="muted">No order yet.</p>
      )}
    </section>
  );
}

/** The order's events, and where it is: one answer, and from the payment what it waits for. */
function PlacedOrder({ id, number, asked }: { id: string; number: number | null; asked: boolean }) {
  const { data: order, refusal, reload } = useOrder(id);
  const { events } = useEvents([`order/${id}`])(`order/${id}`);
  useEffect(reload, [events.length, reload]);
  return (
    <>
      <h3>
        Order {number} in its event stream {order && <Badge status={order.status} />}
      </h3>
      <ol class="row small events" aria-label={`Events of order ${number} at the order service`}>
        {events.map((event) => (
          <li key={event.sequence}>{eventName(event.type)}</li>
        ))}
      </ol>
      {refusal && <RefusalNote refusal={refusal} reload={reload} />}
      {order && (
        <>
          <p class="small">
            {POLICY[order.policy].name}.{" "}
            <a href={`#/orders/${id}`}>The order and its payment on the diagrams</a>
          </p>
          <div aria-live="polite">
            {asked && (
              <>
                <h3>Where is order {number}?</h3>
                <dl class="facts">
                  <dt>Order service</dt>
                  <dd>“{orderSummary(order)}”</dd>
                  {order.payment && (
                    <>
                      <dt>Payment</dt>
                      <dd>“{words(order.payment.status)}”</dd>
                    </>
                  )}
                </dl>
              </>
            )}
          </div>
        </>
      )}
    </>
  );
}
