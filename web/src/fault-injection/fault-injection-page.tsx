import "./fault-injection.css";
import { answer, api } from "../api/client";
import { announceFaults } from "../api/faults";
import type { Fault } from "../api/types";
import { useAction } from "../api/use-action";
import { usePoll } from "../api/use-poll";
import { useResource } from "../api/use-resource";
import { RefusalNote } from "../layout/refusal-note";
import type { PageProps } from "../page";
import { Audit } from "./audit";
import { Choice, Kill, Switch } from "./switches";

/** Injects faults, describes their effects, and runs the audit. */
export function FaultInjectionPage(_: PageProps) {
  const resource = useResource(() => answer(api.GET("/dev/troubles")), []);
  const action = useAction();
  usePoll(resource, 2);

  const change = (request: () => Promise<unknown>, done?: () => void) =>
    action.run(async () => {
      await request().finally(resource.reload);
      announceFaults();
      done?.();
    });
  const inject = ({ name }: Fault, on: boolean, done?: () => void) => {
    const params = { path: { name } };
    return change(() => answer(api.PUT("/dev/troubles/{name}", { params, body: { on } })), done);
  };
  const resetAll = () => active.length > 0 && change(() => answer(api.DELETE("/dev/troubles")));

  const { busy } = action;
  const faults = resource.data?.troubles ?? [];
  const active = faults.filter((fault) => fault.on);
  const services = [...new Set(faults.map((fault) => fault.excludes))].filter(
    (name) => name !== null,
  );
  const alone = faults.filter((fault) => fault.excludes === null);
  return (
    <div class="stack">
      <h1>Fault injection</h1>
      <p>
        Orders and payments survive each of these faults. Place some orders, inject a fault, look at
        the orders in <a href="#/operations">Operations</a>, reset all faults, and run the audit.
      </p>
      {resource.refusal && <RefusalNote refusal={resource.refusal} reload={resource.reload} />}
      {action.refusal && <RefusalNote refusal={action.refusal} />}
      <div class="faults" aria-busy={busy}>
        {services.map((service) => (
          <Choice
            key={service}
            of={service}
            faults={faults.filter((fault) => fault.excludes === service)}
            busy={busy}
            choose={inject}
          />
        ))}
        {alone
          .filter((fault) => !fault.momentary)
          .map((fault) => (
            <Switch
              key={fault.name}
              fault={fault}
              busy={busy}
              toggle={() => inject(fault, !fault.on)}
            />
          ))}
      </div>
      <section class="card stack" aria-labelledby="kills">
        <h2 id="kills">Kill a process</h2>
        <p class="muted small">Each is killed with SIGKILL, and started again by its supervisor.</p>
        <ul class="kills">
          {alone
            .filter((fault) => fault.momentary)
            .map((fault) => (
              <Kill
                key={fault.name}
                fault={fault}
                busy={busy}
                kill={(done) => inject(fault, true, done)}
              />
            ))}
        </ul>
      </section>
      <div class="row">
        <button type="button" aria-disabled={busy || active.length === 0} onClick={resetAll}>
          Reset all
        </button>
        <span role="status">{busy ? "Working …" : summary(active.length)}</span>
      </div>
      <Audit faults={faults} />
    </div>
  );
}

function summary(active: number): string {
  switch (active) {
    case 0:
      return "No faults are injected.";
    case 1:
      return "1 fault is injected.";
    default:
      return `${active} faults are injected.`;
  }
}
