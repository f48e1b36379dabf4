import { useId, useState } from "preact/hooks";
import { useAction } from "../api/use-action";
import { RefusalNote } from "../layout/refusal-note";
import { TEST_CARDS } from "./test-cards";

interface Props {
  /** Registers the card; returns the confirmation. */
  give: (paymentMethod: string) => Promise<string>;
}

/** A form for another card. */
export function CardChoice({ give }: Props) {
  const [card, setCard] = useState(TEST_CARDS[0]?.token ?? "");
  const [confirmation, setConfirmation] = useState("");
  const action = useAction();
  const id = useId();
  const submit = (event: Event) => {
    event.preventDefault();
    action.run(async () => {
      setConfirmation("");
      setConfirmation(await give(card));
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
          {TEST_CARDS.map((testCard) => (
            <option key={testCard.token} value={testCard.token}>
              {testCard.name}
            </option>
          ))}
        </select>
        <button type="submit" aria-disabled={action.busy}>
          {action.busy ? "Updating …" : "Update"}
        </button>
      </div>
      <p class="small muted" role="status">
        {confirmation}
      </p>
      {action.refusal && <RefusalNote refusal={action.refusal} />}
    </form>
  );
}
