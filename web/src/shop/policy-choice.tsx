import type { Policy } from "../api/types";
import { POLICIES, POLICY } from "../words/policies";

interface Props {
  chosen: Policy;
  onChosen: (policy: Policy) => void;
}

/** Chooses the sequence of the order's steps. */
export function PolicyChoice({ chosen, onChosen }: Props) {
  return (
    <fieldset class="policies">
      <legend>Policy</legend>
      {POLICIES.map((policy) => (
        <label key={policy} class="choice">
          <input
            type="radio"
            name="policy"
            value={policy}
            checked={policy === chosen}
            onChange={() => onChosen(policy)}
          />
          <span>
            {POLICY[policy].name}
            <span class="muted small block">{POLICY[policy].meaning}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
