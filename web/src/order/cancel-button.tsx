import { answer, api } from "../api/client";
import type { Order } from "../api/types";
import { useAction } from "../api/use-action";
import { RefusalNote } from "../layout/refusal-note";
import { isOver } from "./completion";

const TOO_LATE =
  "It is too late: goods that the carrier has picked up are not recalled for a cancellation.";

/** Cancels an order; if that is too late, shows why. */
export function CancelButton({ order, onCanceled }: { order: Order; onCanceled: () => void }) {
  const action = useAction();
  if (isOver(order)) {
    return null;
  }
  const canceling = action.busy || order.status === "canceling";
  const cancel = () =>
    canceling ||
    action.run(async () => {
      await answer(api.POST("/orders/{id}/cancel", { params: { path: { id: order.id } } }));
      onCanceled();
    });
  return (
    <>
      <button type="button" class="danger" aria-disabled={canceling} onClick={cancel}>
        Cancel the order
      </button>
      {action.refusal?.status === 409 ? (
        <p class="note bad" role="alert">
          <strong>Not canceled.</strong> {TOO_LATE}
        </p>
      ) : (
        action.refusal && <RefusalNote refusal={action.refusal} />
      )}
    </>
  );
}
