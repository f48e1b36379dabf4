import { useState } from "preact/hooks";
import { api } from "../api/client";
import { useAnswer } from "../api/use-answer";
import { CUSTOMERS } from "./samples";

interface Props {
  chosen: string;
  onChosen: (id: string) => void;
  /** The samples are looked for again when it changes. */
  round: number;
}

/** Whom to be: a sample customer, or one whose id is known. */
export function CustomerPicker({ chosen, onChosen, round }: Props) {
  const [id, setId] = useState("");
  const found = useAnswer(sampleCustomers, [round]);
  const submit = (event: Event) => {
    event.preventDefault();
    onChosen(id.trim());
    setId("");
  };
  return (
    <>
      <div class="row choices">
        {found.data?.map((one) => (
          <button
            key={one.id}
            type="button"
            class="quiet"
            aria-pressed={one.id === chosen}
            onClick={() => onChosen(one.id)}
          >
            {one.name}
          </button>
        ))}
      </div>
      <form onSubmit={submit}>
        <label for="customer-id" class="small">
          Somebody else, by their id
        </label>
        <div class="row">
          <input
            id="customer-id"
            class="grow"
            required
            autocomplete="off"
            value={id}
            onInput={(event) => setId(event.currentTarget.value)}
          />
          <button type="submit" class="quiet">
            Choose
          </button>
        </div>
      </form>
    </>
  );
}

/** Those of the samples that there are. */
async function sampleCustomers() {
  const found = await Promise.all(
    CUSTOMERS.map(({ id }) => api.GET("/customers/{id}", { params: { path: { id } } })),
  );
  return found.flatMap(({ data }) => (data ? [data] : []));
}
