import { useState } from "preact/hooks";
import { answer, api } from "../api/client";
import { asRefusal, type Refusal } from "../api/refusal";
import type { Payment } from "../api/types";
import { useConfig } from "../layout/config";
import { RefusalNote } from "../layout/refusal-note";
import { moment } from "../words/moments";
import { movesOf } from "./moves";

interface Props {
  payment: Payment;
  /** Told of the payment as it is afterwards. */
  moved: (payment: Payment) => void;
}

/** Moves a waiting payment's clock on; there in development mode only. */
export function TimeMachine({ payment, moved }: Props) {
  const config = useConfig();
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const moves = movesOf(payment);
  if (!config.development_mode || moves.length === 0) {
    return null;
  }

  const move = async (days: number) => {
    setBusy(true);
    setRefusal(null);
    try {
      const path = { id: payment.id };
      moved(
        await answer(
          api.POST("/dev/payments/{id}/fast-forward", { params: { path }, body: { days } }),
        ),
      );
    } catch (error) {
      setRefusal(asRefusal(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <section class="card stack" aria-labelledby="time-machine" aria-busy={busy}>
      <h2 id="time-machine">Time machine</h2>
      <p role="status">
        {busy ? "Time passes …" : `For this payment it is ${moment(payment.now)}.`}
      </p>
      <div class="row">
        {moves.map(({ text, days }) => (
          <button
            key={text}
            type="button"
            class="quiet"
            disabled={busy || days === null}
            onClick={() => days !== null && move(days)}
          >
            {text}
          </button>
        ))}
      </div>
      {refusal && <RefusalNote refusal={refusal} />}
    </section>
  );
}
