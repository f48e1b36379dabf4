import { answer, api } from "../api/client";
import { useAction } from "../api/use-action";
import { usePoll } from "../api/use-poll";
import { useResource } from "../api/use-resource";
import { RefusalNote } from "../layout/refusal-note";
import { orderSummary } from "../order/order-summary";
import { useEvents } from "../order/use-events";
import { OrderView } from "../side-by-side/order-view";
import { words } from "../words/statuses";

interface Props {
  /** The order's id at the order service; null if none was placed here. */
  id: string | null;
  /** Its number in the chain. */
  number: number | null;
  asked: boolean;
}

/** The order service's worker, and the same order on its diagram. */
export function OrderServiceView({ id, number, asked }: Props) {
  const faults = useResource(() => answer(api.GET("/dev/troubles")), []);
  const eventsOf = useEvents(id ? [`order/${id}`] : []);
  const action = useAction();
  usePoll(faults, 2);

  const stopped = faults.data?.troubles.some((one) => one.name === "worker_stopped" && one.on);
  const toggle = () =>
    action.run(async () => {
      const params = { path: { name: "worker_stopped" } } as const;
      await answer(api.PUT("/dev/troubles/{name}", { params, body: { on: !stopped } })).finally(
        faults.reload,
      );
    });
  const events = id ? eventsOf(`order/${id}`).events : [];
  return (
    <section class="stack" aria-labelledby="order-service">
      <div class="card stack">
        <h2 id="order-service">Order service</h2>
        <div class="row between">
          <div>
            <strong>Worker</strong>{" "}
            <span class={`badge ${stopped ? "wait" : "good"}`}>
              {stopped ? "stopped" : "running"}
            </span>
            <div class="small muted">
              Order, payment, inventory and shipment in one process; each could have its own.
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
        {asked && id && <Whereabouts key={id} id={id} number={number} events={events.length} />}
        {!id && <p class="muted">No order yet.</p>}
      </div>
      {id && <OrderView key={id} id={id} events={events} />}
    </section>
  );
}

/** Where the order is: one answer, and from the payment what it waits for. */
function Whereabouts({
  id,
  number,
  events,
}: {
  id: string;
  number: number | null;
  events: number;
}) {
  const params = { path: { id } };
  const order = useResource(() => answer(api.GET("/orders/{id}", { params })), [id, events]);
  usePoll(order, 2);
  const payment = order.data?.payment;
  return (
    <div aria-live="polite">
      <h3>Where is order {number}?</h3>
      {order.refusal && <RefusalNote refusal={order.refusal} reload={order.reload} />}
      {order.data && (
        <dl class="facts">
          <dt>Order service</dt>
          <dd>“{orderSummary(order.data)}”</dd>
          {payment && (
            <>
              <dt>Payment</dt>
              <dd>“{words(payment.status)}”</dd>
            </>
          )}
        </dl>
      )}
    </div>
  );
}
