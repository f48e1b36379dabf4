import { useState } from "preact/hooks";
import { useConfig } from "../layout/config";
import { CUSTOMERS } from "./samples";

interface Props {
  chosen: string;
  onChosen: (id: string) => void;
}

/** Chooses a sample customer, or any other by their id. */
export function CustomerPicker({ chosen, onChosen }: Props) {
  const [id, setId] = useState("");
  const { development_mode } = useConfig();
  // Their existence is not checked before one is chosen: browsers log each 404 as an error.
  const samples = development_mode ? CUSTOMERS : [];
  const submit = (event: Event) => {
    event.preventDefault();
    onChosen(id.trim());
    setId("");
  };
  return (
    <>
      <div class="row choices">
        {samples.map((sample) => (
          <button
            key={sample.id}
            type="button"
            class="quiet"
            aria-pressed={sample.id === chosen}
            onClick={() => onChosen(sample.id)}
          >
            {sample.name}
          </button>
        ))}
      </div>
      <form onSubmit={submit}>
        <label for="customer-id" class="small">
          Another customer, by id
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
