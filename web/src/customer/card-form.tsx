import { useState } from "preact/hooks";
import { answer, api } from "../api/client";
import { useAction } from "../api/use-action";
import { RefusalNote } from "../layout/refusal-note";
import { TEST_CARDS } from "./test-cards";

interface Props {
  customer: string;
  onUpdated: () => void;
}

/** Gives a customer another card; every payment of theirs that waits is told of it. */
export function CardForm({ customer, onUpdated }: Props) {
  const [card, setCard] = useState(TEST_CARDS[0]?.token ?? "");
  const [said, setSaid] = useState("");
  const action = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
    setSaid("");
    action.run(async () => {
      const update = await answer(
        api.PUT("/customers/{id}/card", {
          params: { path: { id: customer } },
          body: { payment_method: card },
        }),
      );
      setSaid(told(update.payments.length));
      onUpdated();
    });
  };
  return (
    <form onSubmit={submit}>
      <label for={`card-of-${customer}`}>Update your card</label>
      <div class="row">
        <select
          id={`card-of-${customer}`}
          class="grow"
          value={card}
          onChange={(event) => setCard(event.currentTarget.value)}
        >
          {TEST_CARDS.map((one) => (
            <option key={one.token} value={one.token}>
              {one.name}
            </option>
          ))}
        </select>
        <button type="submit" disabled={action.busy}>
          {action.busy ? "Updating …" : "Update"}
        </button>
      </div>
      <p class="small muted" role="status">
        {said}
      </p>
      {action.refusal && <RefusalNote refusal={action.refusal} />}
    </form>
  );
}

function told(payments: number): string {
  switch (payments) {
    case 0:
      return "Updated. No payment was waiting for it.";
    case 1:
      return "Updated. The waiting payment charges it now.";
    default:
      return `Updated. ${payments} waiting payments charge it now.`;
  }
}
