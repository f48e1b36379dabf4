import "../shop/shop.css";
import "../side-by-side/side-by-side.css";
import "./choreography.css";
import { useEffect, useState } from "preact/hooks";
import { answer, api } from "../api/client";
import type { ChainCard, Wiring } from "../api/types";
import { useAction } from "../api/use-action";
import { usePoll } from "../api/use-poll";
import { useResource } from "../api/use-resource";
import { Loaded } from "../layout/loaded";
import { RefusalNote } from "../layout/refusal-note";
import type { PageProps } from "../page";
import { go, queryOf, usePath } from "../router";
import { POLICY } from "../words/policies";
import { ChainView } from "./chain-view";
import { Merits } from "./merits";
import { OrderServiceView } from "./order-service-view";
import { placeBoth } from "./place-both";
import { Change } from "./wiring-change";

const WIRINGS: readonly Wiring[] = ["charge_first", "charge_later"];

const CARDS: Record<ChainCard, string> = {
  good: "A card that pays",
  declined: "A card that is declined",
};

/** The talk's three services as an event chain, beside the order service (slides 4-11). */
export function ChoreographyPage(_: PageProps) {
  const query = queryOf(usePath());
  const chain = useResource(() => answer(api.GET("/dev/choreography")), []);
  const change = useResource(() => answer(api.GET("/dev/choreography/change")), []);
  const [card, setCard] = useState<ChainCard>("good");
  const [asked, setAsked] = useState(false);
  /** Chosen, and not yet seen in the chain. */
  const [wanted, setWanted] = useState<Wiring | null>(null);
  const action = useAction();
  usePoll(chain, 2);

  const id = query.get("order");
  const actual = chain.data?.wiring ?? "charge_first";
  const wiring = wanted ?? actual;
  useEffect(() => setWanted(null), [actual]);
  const number = Number(query.get("number")) || chain.data?.orders[0]?.number || null;
  const run = (request: () => Promise<unknown>) =>
    action.run(async () => {
      await request().finally(chain.reload);
    });
  const rewire = (to: Wiring) =>
    run(async () => {
      setWanted(to);
      try {
        await answer(api.PUT("/dev/choreography/wiring", { body: { wiring: to } }));
      } catch (error) {
        setWanted(null);
        throw error;
      }
    });
  const place = () =>
    run(async () => {
      const placed = await placeBoth(card, wiring);
      setAsked(false);
      go(`/choreography?number=${placed.number}&order=${placed.id}`);
    });

  return (
    <div class="stack">
      <h1>Event chain or order service</h1>
      <p>
        Payment, inventory and shipment, twice: in the event chain each of them listens to the
        events of the one before; with the order service, that service decides what comes next. Both
        sides use the same kind of simulated card provider and carrier.
      </p>
      <section class="card" aria-labelledby="both">
        <h2 id="both">The same on both sides</h2>
        <div class="row choices-beside">
          <fieldset>
            <legend>The change</legend>
            {WIRINGS.map((one) => (
              <label key={one} class="choice">
                <input
                  type="radio"
                  name="wiring"
                  checked={one === wiring}
                  onChange={() => rewire(one)}
                />
                {POLICY[one].name}
              </label>
            ))}
          </fieldset>
          <fieldset>
            <legend>The customer’s card</legend>
            {(Object.keys(CARDS) as ChainCard[]).map((one) => (
              <label key={one} class="choice">
                <input
                  type="radio"
                  name="card"
                  checked={one === card}
                  onChange={() => setCard(one)}
                />
                {CARDS[one]}
              </label>
            ))}
          </fieldset>
        </div>
        <div class="row">
          <button type="button" aria-disabled={action.busy} onClick={place}>
            {action.busy ? "Working …" : "Place an order on both sides"}
          </button>
          {number && (
            <button
              type="button"
              class="quiet"
              aria-pressed={asked}
              onClick={() => setAsked(!asked)}
            >
              Where is order {number}?
            </button>
          )}
        </div>
        {action.refusal && <RefusalNote refusal={action.refusal} />}
      </section>
      <div class="sides">
        <Loaded resource={chain}>
          {(state) => (
            <ChainView
              state={state}
              change={change.data}
              number={number}
              asked={asked}
              busy={action.busy}
              run={run}
            />
          )}
        </Loaded>
        <OrderServiceView id={id} number={number} asked={asked} />
      </div>
      <Loaded resource={change}>{(data) => <Change change={data} />}</Loaded>
      <Merits />
    </div>
  );
}
