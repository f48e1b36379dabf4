import { answer, api } from "../api/client";
import type { Payment } from "../api/types";
import { useAction } from "../api/use-action";
import { useConfig } from "../layout/config";
import { RefusalNote } from "../layout/refusal-note";
import { moment } from "../words/moments";
import { fastForwardOptions } from "./fast-forward-options";

interface Props {
  payment: Payment;
  /** Payments whose clocks are advanced with it. */
  others?: readonly Payment[];
  /** Called with the payment after its clock was advanced. */
  moved: (payment: Payment) => void;
}

const NONE: readonly Payment[] = [];

/** Advances a waiting payment's clock; available in development mode only. */
export function TimeMachine({ payment, others = NONE, moved }: Props) {
  const config = useConfig();
  const action = useAction();
  const options = fastForwardOptions(payment);
  if (!config.development_mode || options.length === 0) {
    return null;
  }

  const advance = (days: number) =>
    action.run(async () => {
      const body = { days };
      const advanced = [payment, ...others].map(({ id }) =>
        answer(api.POST("/dev/payments/{id}/fast-forward", { params: { path: { id } }, body })),
      );
      for (const one of await Promise.all(advanced)) {
        moved(one);
      }
    });

  return (
    <section class="card stack" aria-labelledby="time-machine" aria-busy={action.busy}>
      <h2 id="time-machine">Time machine</h2>
      <p>
        Payment's current time: {moment(payment.now)}.{" "}
        <span role="status">{action.busy ? "Time passes …" : ""}</span>
      </p>
      <div class="row">
        {options.map(({ text, days }) => (
          <button
            key={text}
            type="button"
            class="quiet"
            aria-disabled={action.busy || days === null}
            onClick={() => days !== null && advance(days)}
          >
            {text}
          </button>
        ))}
      </div>
      {action.refusal && <RefusalNote refusal={action.refusal} />}
    </section>
  );
}
