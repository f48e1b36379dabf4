import "./troubles.css";
import { answer, api } from "../api/client";
import type { Trouble } from "../api/types";
import { useAction } from "../api/use-action";
import { useAnswer } from "../api/use-answer";
import { usePoll } from "../api/use-poll";
import { RefusalNote } from "../layout/refusal-note";
import type { PageProps } from "../page";
import { Audit } from "./audit";

/** Makes things go wrong, says what to expect, and what the audit says afterwards. */
export function TroublesPage(_: PageProps) {
  const asked = useAnswer(() => answer(api.GET("/dev/troubles")), []);
  const action = useAction();
  usePoll(asked, 2);

  const change = (doing: () => Promise<unknown>) =>
    action.run(async () => {
      await doing().finally(asked.again);
    });
  const turn = ({ name, on }: Trouble) => {
    const params = { path: { name } };
    return change(() => answer(api.PUT("/dev/troubles/{name}", { params, body: { on: !on } })));
  };
  const endAll = () => wrong.length > 0 && change(() => answer(api.DELETE("/dev/troubles")));

  const { busy } = action;
  const troubles = asked.data?.troubles ?? [];
  const wrong = troubles.filter((trouble) => trouble.on);
  return (
    <div class="stack">
      <h1>Trouble maker</h1>
      <p>
        Orders and payments are to outlive all of this. Place some orders, make trouble, look at
        them in <a href="#/operations">Operations</a>, put things right, and ask the audit.
      </p>
      {asked.refusal && <RefusalNote refusal={asked.refusal} again={asked.again} />}
      {action.refusal && <RefusalNote refusal={action.refusal} />}
      <ul class="troubles" aria-busy={busy}>
        {troubles.map((trouble) => (
          <Switch key={trouble.name} trouble={trouble} busy={busy} turn={() => turn(trouble)} />
        ))}
      </ul>
      <div class="row">
        <button type="button" aria-disabled={busy || wrong.length === 0} onClick={endAll}>
          Put everything right
        </button>
        <span role="status">
          {busy
            ? "Being done …"
            : wrong.length === 0
              ? "Nothing goes wrong on purpose."
              : `${wrong.length} of ${troubles.length} troubles.`}
        </span>
      </div>
      <Audit />
    </div>
  );
}

function Switch({ trouble, busy, turn }: { trouble: Trouble; busy: boolean; turn: () => void }) {
  const hint = `expect-${trouble.name}`;
  return (
    <li class={`card ${trouble.on ? "on" : ""}`}>
      <button
        type="button"
        role="switch"
        class="switch"
        aria-checked={trouble.on}
        aria-describedby={hint}
        aria-disabled={busy}
        onClick={turn}
      >
        {trouble.title}
      </button>
      <p id={hint} class="muted small">
        {trouble.expect}
      </p>
    </li>
  );
}
