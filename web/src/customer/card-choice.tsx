import { useId, useState } from "preact/hooks";
import { useAction } from "../api/use-action";
import { RefusalNote } from "../layout/refusal-note";
import { TEST_CARDS } from "./test-cards";

interface Props {
  /** Has the card registered; returns what to say then. */
  give: (paymentMethod: string) => Promise<string>;
}

/** Asks for another card. */
export function CardChoice({ give }: Props) {
  const [card, setCard] = useState(TEST_CARDS[0]?.token ?? "");
  const [said, setSaid] = useState("");
  const action = useAction();
  const id = useId();
  const submit = (event: Event) => {
    event.preventDefault();
    action.run(async () => {
      setSaid("");
      setSaid(await give(card));
    });
  };
  return (
    <form onSubmit={submit}>
      <label for={id}>Update your card</label>
      <div class="row">
        <select
          id={id}
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
        <button type="submit" aria-disabled={action.busy}>
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
