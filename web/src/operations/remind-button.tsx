import { answer, api } from "../api/client";
import type { Payment } from "../api/types";
import { useAction } from "../api/use-action";
import { useConfig } from "../layout/config";
import { RefusalNote } from "../layout/refusal-note";
import { inDays } from "../time-machine/days";
import { until } from "../words/until";

interface Props {
  payment: Payment;
  reload: () => void;
}

/**
 * Moves a waiting payment's clock to its next reminder, which is then sent. In development mode only:
 * reminders are sent by the payment itself, when they are due.
 */
export function RemindButton({ payment, reload }: Props) {
  const { development_mode } = useConfig();
  const action = useAction();
  const { id, status, next_reminder_at, now } = payment;
  if (!development_mode || status !== "awaiting_card" || !next_reminder_at) {
    return null;
  }
  const remind = () =>
    action.run(async () => {
      const days = inDays(1000 * Math.max(until(next_reminder_at, now), 1));
      const params = { path: { id } };
      await answer(api.POST("/dev/payments/{id}/fast-forward", { params, body: { days } }));
      reload();
    });
  return (
    <>
      <button
        type="button"
        class="quiet"
        title="Moves this payment's clock to its next reminder"
        aria-disabled={action.busy}
        onClick={remind}
      >
        {action.busy ? "Reminding …" : "Remind"}
      </button>
      {action.refusal && <RefusalNote refusal={action.refusal} />}
    </>
  );
}
