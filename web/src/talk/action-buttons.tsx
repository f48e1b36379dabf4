import type { Order } from "../api/types";
import { useAction } from "../api/use-action";
import { RefusalNote } from "../layout/refusal-note";
import { currentPath, go } from "../router";
import { ACTIONS, type ActionName } from "./actions";
import { withOrder } from "./position";

interface Props {
  names: readonly ActionName[];
  /** The order that the tour plays. */
  order: Order | null;
  /** Called after an action without a new order. */
  onDone: () => void;
}

/** The buttons of a slide. */
export function ActionButtons({ names, order, onDone }: Props) {
  const action = useAction();
  const isWaiting = order?.payment?.status === "awaiting_card";
  const isReady = (name: ActionName) => isWaiting || !ACTIONS[name].needsWaiting;

  const run = (name: ActionName) =>
    action.run(async () => {
      const placed = await ACTIONS[name].run(order);
      // The slide may be another one by now.
      const path = placed && withOrder(currentPath(), placed);
      if (path) {
        go(path);
      }
      onDone();
    });

  return (
    <div class="stack" aria-busy={action.busy}>
      <div class="row">
        {names.map((name, place) => (
          <button
            key={name}
            type="button"
            class={place > 0 ? "quiet" : ""}
            aria-disabled={action.busy || !isReady(name)}
            onClick={() => isReady(name) && run(name)}
          >
            {ACTIONS[name].text}
          </button>
        ))}
      </div>
      <p class="small muted" role="status">
        {action.busy
          ? "Working …"
          : names.every(isReady)
            ? ""
            : "Some buttons need a payment that waits for another card."}
      </p>
      {action.refusal && <RefusalNote refusal={action.refusal} />}
    </div>
  );
}
