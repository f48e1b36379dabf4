import { useState } from "preact/hooks";
import { answer, api } from "../api/client";
import { useAction } from "../api/use-action";
import { RefusalNote } from "../layout/refusal-note";
import { cents, decimal, money } from "../words/money";

interface Props {
  payment: string;
  /** What can be given back, in cents. */
  held: number;
  currency: string;
  reload: () => void;
}

/** Gives back a part of a payment, or all: to the card first, then to the account. */
export function RefundForm({ payment, held, currency, reload }: Props) {
  const [amount, setAmount] = useState("");
  const [reference, setReference] = useState("");
  const [done, setDone] = useState("");
  const action = useAction();
  const refund = (event: Event) => {
    event.preventDefault();
    setDone("");
    action.run(async () => {
      const requested = cents(amount, currency);
      if (!requested) {
        setDone(`“${amount}” is not an amount in ${currency}.`);
        return;
      }
      const params = { path: { id: payment } };
      const body = { amount: requested, reference };
      await answer(api.POST("/payments/{id}/refunds", { params, body }));
      setAmount("");
      setReference("");
      setDone(`${money(requested, currency)} requested.`);
      reload();
    });
  };
  return (
    <form onSubmit={refund}>
      <h3>Give back a part or all</h3>
      <div class="row">
        <label class="grow">
          Amount in {currency}
          <input
            required
            inputMode="decimal"
            autocomplete="off"
            maxLength={12}
            value={amount}
            onInput={(event) => setAmount(event.currentTarget.value)}
          />
        </label>
        <label class="grow">
          Reference
          <input
            required
            autocomplete="off"
            maxLength={50}
            placeholder="return-3"
            value={reference}
            onInput={(event) => setReference(event.currentTarget.value)}
          />
        </label>
      </div>
      {held > 0 && (
        <button type="button" class="quiet" onClick={() => setAmount(decimal(held, currency))}>
          All: {money(held, currency)}
        </button>
      )}
      <p class="muted small">The same reference never refunds twice.</p>
      <button type="submit" aria-disabled={action.busy}>
        Give back
      </button>
      <p class="small" role="status">
        {done}
      </p>
      {action.refusal && <RefusalNote refusal={action.refusal} />}
    </form>
  );
}
