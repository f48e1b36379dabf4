import { useState } from "preact/hooks";
import { useConfig } from "../layout/config";
import { CUSTOMERS } from "./samples";

interface Props {
  chosen: string;
  onChosen: (id: string) => void;
}

/** Whom to be: a sample customer, or one whose id is known. */
export function CustomerPicker({ chosen, onChosen }: Props) {
  const [id, setId] = useState("");
  const { development_mode } = useConfig();
  // Whether they are there is not asked before one is chosen: browsers log each 404 as an error.
  const samples = development_mode ? CUSTOMERS : [];
  const submit = (event: Event) => {
    event.preventDefault();
    onChosen(id.trim());
    setId("");
  };
  return (
    <>
      <div class="row choices">
        {samples.map((one) => (
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
