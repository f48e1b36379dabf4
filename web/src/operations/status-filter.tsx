import type { Operations, OrderStatus } from "../api/types";
import { duration } from "../words/moments";
import { words } from "../words/statuses";
import { Query } from "./query";

interface Props {
  counts: Operations["orders"] | undefined;
  chosen: OrderStatus | undefined;
  choose: (status: OrderStatus | undefined) => void;
}

/** The number of orders per status; one status can be chosen. */
export function StatusFilter({ counts, chosen, choose }: Props) {
  const statuses = counts?.statuses ?? [];
  const all = statuses.reduce((sum, count) => sum + count.orders, 0);
  return (
    <div class="stack">
      <fieldset class="row statuses">
        <legend class="unseen">Status</legend>
        <Choice text="all" count={all} on={!chosen} choose={() => choose(undefined)} />
        {statuses.map(({ status, orders, oldest_seconds }) => (
          <Choice
            key={status}
            text={words(status)}
            count={orders}
            hint={oldest_seconds === null ? "" : `The oldest: ${duration(oldest_seconds)}`}
            on={chosen === status}
            choose={() => choose(status)}
          />
        ))}
      </fieldset>
      {counts && <Query of="the orders by status" text={counts.query} />}
    </div>
  );
}

interface ChoiceProps {
  text: string;
  count: number;
  hint?: string;
  on: boolean;
  choose: () => void;
}

function Choice({ text, count, hint, on, choose }: ChoiceProps) {
  return (
    <label class="status" title={hint}>
      <input type="radio" name="status" checked={on} onChange={choose} />
      {text} <strong>{count}</strong>
    </label>
  );
}
