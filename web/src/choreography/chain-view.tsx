import { answer, api } from "../api/client";
import type { ChainOrder, ChainState, ServiceAnswer, WiringChange } from "../api/types";
import { useResource } from "../api/use-resource";
import { RefusalNote } from "../layout/refusal-note";
import { eventName } from "../words/events";

type Service = ChainState["services"][number]["service"];

const NAMES: Record<Service, string> = {
  payment: "Payment",
  inventory: "Inventory",
  shipment: "Shipment",
};

interface Props {
  state: ChainState;
  change: WiringChange | null;
  number: number | null;
  /** Whether the services' answers are shown. */
  asked: boolean;
  busy: boolean;
  run: (request: () => Promise<unknown>) => Promise<void>;
}

/** The services of the chain, and one order's events in their log. */
export function ChainView({ state, change, number, asked, busy, run }: Props) {
  const order = state.orders.find((one) => one.number === number);
  const switchOne = (service: Service, on: boolean) => {
    const params = { path: { service } };
    return answer(api.PUT("/dev/choreography/services/{service}", { params, body: { on } }));
  };
  const startAll = () =>
    run(async () => {
      for (const { service } of state.services) {
        await switchOne(service, true);
      }
    });
  const listensTo = (service: Service) =>
    change?.chain
      .find((one) => one.service === service)
      ?.rows.find((row) => row.wiring === state.wiring)?.listens_to;
  return (
    <section class="card stack" aria-labelledby="chain">
      <div class="row between">
        <h2 id="chain">Event chain</h2>
        {state.services.some((one) => !one.running) && (
          <button type="button" class="quiet" aria-disabled={busy} onClick={startAll}>
            Start all services
          </button>
        )}
      </div>
      <ul class="plain">
        {state.services.map(({ service, running }) => {
          const event = listensTo(service);
          return (
            <li key={service} class="row between service">
              <div>
                <strong>{NAMES[service]}</strong>{" "}
                <span class={`badge ${running ? "good" : "wait"}`}>
                  {running ? "running" : "stopped"}
                </span>
                <div class="small muted">{event && `Listens to “${eventName(event)}”`}</div>
              </div>
              <button
                type="button"
                class="quiet"
                aria-disabled={busy}
                aria-label={`${running ? "Stop" : "Start"} ${service}`}
                onClick={() => run(() => switchOne(service, !running))}
              >
                {running ? "Stop" : "Start"}
              </button>
            </li>
          );
        })}
      </ul>
      {order ? (
        <Log order={order} change={change} wiring={state.wiring} />
      ) : (
        <p class="muted">No order yet.</p>
      )}
      {asked && order && <Answers key={order.number} order={order} services={state.services} />}
    </section>
  );
}

interface LogProps {
  order: ChainOrder;
  change: WiringChange | null;
  wiring: ChainState["wiring"];
}

/** The order's events, and what only somebody who knows all wirings can say of the last one. */
function Log({ order, change, wiring }: LogProps) {
  const last = order.events.at(-1);
  const listeners = change?.chain.filter((one) =>
    one.rows.some((row) => row.wiring === wiring && row.listens_to === last?.type),
  );
  const ended = last?.type === "OrderFulfilled";
  return (
    <>
      <h3>Order {order.number} in the event log</h3>
      <ol class="row small events" aria-label={`Events of order ${order.number}`}>
        {order.events.map((event) => (
          <li key={event.position}>{eventName(event.type)}</li>
        ))}
      </ol>
      <p aria-live="polite" class="small">
        {last && !ended && listeners && (
          <>
            Seen from above:{" "}
            {listeners.length > 0
              ? `“${eventName(last.type)}” waits for ${listeners.map((one) => one.service).join(", ")}.`
              : `no service listens to “${eventName(last.type)}”. The order is stuck, and no service can know it.`}
          </>
        )}
        {ended && "Seen from above: paid, fetched and shipped."}
      </p>
    </>
  );
}

/** Where the order is, by each service's own knowledge. */
function Answers({ order, services }: { order: ChainOrder; services: ChainState["services"] }) {
  const params = { path: { number: order.number } };
  const running = services.map((one) => one.running).join();
  const found = useResource(
    () => answer(api.GET("/dev/choreography/orders/{number}", { params })),
    [order.number, order.events.length, running],
  );
  return (
    <div aria-live="polite">
      <h3>Where is order {order.number}?</h3>
      {found.refusal && <RefusalNote refusal={found.refusal} reload={found.reload} />}
      <dl class="facts">
        {found.data?.answers.map((one) => (
          <Answer key={one.service} answer={one} />
        ))}
      </dl>
    </div>
  );
}

function Answer({ answer: { service, appended } }: { answer: ServiceAnswer }) {
  return (
    <>
      <dt>{NAMES[service]}</dt>
      <dd>
        {appended === null
          ? "It is stopped and cannot be asked."
          : appended.length === 0
            ? "“I do not know that order.”"
            : `“${appended.map(eventName).join(", ")}. That was my part.”`}
      </dd>
    </>
  );
}
