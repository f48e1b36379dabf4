import "./fault-injection.css";
import { answer, api } from "../api/client";
import type { Fault } from "../api/types";
import { useAction } from "../api/use-action";
import { usePoll } from "../api/use-poll";
import { useResource } from "../api/use-resource";
import { RefusalNote } from "../layout/refusal-note";
import type { PageProps } from "../page";
import { Audit } from "./audit";

/** Injects faults, describes their effects, and runs the audit. */
export function FaultInjectionPage(_: PageProps) {
  const resource = useResource(() => answer(api.GET("/dev/troubles")), []);
  const action = useAction();
  usePoll(resource, 2);

  const change = (request: () => Promise<unknown>) =>
    action.run(async () => {
      await request().finally(resource.reload);
    });
  const toggle = ({ name, on }: Fault) => {
    const params = { path: { name } };
    return change(() => answer(api.PUT("/dev/troubles/{name}", { params, body: { on: !on } })));
  };
  const resetAll = () => active.length > 0 && change(() => answer(api.DELETE("/dev/troubles")));

  const { busy } = action;
  const faults = resource.data?.troubles ?? [];
  const active = faults.filter((fault) => fault.on);
  return (
    <div class="stack">
      <h1>Fault injection</h1>
      <p>
        Orders and payments survive each of these faults. Place some orders, inject a fault, look at
        the orders in <a href="#/operations">Operations</a>, reset all faults, and run the audit.
      </p>
      {resource.refusal && <RefusalNote refusal={resource.refusal} reload={resource.reload} />}
      {action.refusal && <RefusalNote refusal={action.refusal} />}
      <ul class="faults" aria-busy={busy}>
        {faults.map((fault) => (
          <Switch key={fault.name} fault={fault} busy={busy} toggle={() => toggle(fault)} />
        ))}
      </ul>
      <div class="row">
        <button type="button" aria-disabled={busy || active.length === 0} onClick={resetAll}>
          Reset all
        </button>
        <span role="status">
          {busy
            ? "Working …"
            : active.length === 0
              ? "No faults are injected."
              : `${active.length} of ${faults.length} faults are injected.`}
        </span>
      </div>
      <Audit />
    </div>
  );
}

function Switch({ fault, busy, toggle }: { fault: Fault; busy: boolean; toggle: () => void }) {
  const hint = `expect-${fault.name}`;
  return (
    <li class={`card ${fault.on ? "on" : ""}`}>
      <button
        type="button"
        role="switch"
        class="switch"
        aria-checked={fault.on}
        aria-describedby={hint}
        aria-disabled={busy}
        onClick={toggle}
      >
        {fault.title}
      </button>
      <p id={hint} class="muted small">
        {fault.expect}
      </p>
    </li>
  );
}
