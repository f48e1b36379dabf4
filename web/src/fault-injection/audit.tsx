import { useEffect, useState } from "preact/hooks";
import { answer, api } from "../api/client";
import { useFaultNews } from "../api/faults";
import type { AuditReport, Fault } from "../api/types";
import { useAction } from "../api/use-action";
import { usePoll } from "../api/use-poll";
import { useResource } from "../api/use-resource";
import { RefusalNote } from "../layout/refusal-note";

const VERDICTS: Record<AuditReport["verdict"], { text: string; note: string }> = {
  sound: { text: "No violations: all orders and payments are consistent.", note: "" },
  breaches: { text: "The audit found violations.", note: "bad" },
  unreadable: { text: "A source could not be read; reset all faults first.", note: "wait" },
};

/** How often it is looked whether a verdict still holds. */
const POLL_SECONDS = 2;

/** Runs the audit and shows its report, and whether that still holds. */
export function Audit({ faults }: { faults: Fault[] }) {
  const [report, setReport] = useState<AuditReport | null>(null);
  const [isStale, setStale] = useState(false);
  const action = useAction();
  const injected = faults.filter((fault) => fault.on).map((fault) => fault.name);
  useEffect(() => setStale(true), [injected.join()]);
  useFaultNews(() => setStale(true));

  const run = () => {
    setReport(null);
    setStale(false); // What changes while the audit runs makes its verdict stale.
    action.run(async () => setReport(await answer(api.POST("/dev/audit"))));
  };

  return (
    <section class="card stack" aria-labelledby="audit">
      <h2 id="audit">Audit</h2>
      <p class="muted">
        The audit compares the ledger, the card provider, the carrier, the mails and Temporal.
      </p>
      <button type="button" aria-disabled={action.busy} onClick={run}>
        {action.busy ? "Running …" : "Run the audit"}
      </button>
      <div aria-live="polite">
        {report && <Verdict report={report} isStale={isStale} onChanged={() => setStale(true)} />}
      </div>
      {action.refusal && <RefusalNote refusal={action.refusal} reload={run} />}
    </section>
  );
}

interface VerdictProps {
  report: AuditReport;
  isStale: boolean;
  /** Something happened since the audit began. */
  onChanged: () => void;
}

function Verdict({ report, isStale, onChanged }: VerdictProps) {
  const { text, note } = VERDICTS[report.verdict];
  const latest = useResource(() => answer(api.GET("/dev/audit")), [report]);
  usePoll(latest, isStale ? null : POLL_SECONDS);
  const changes = latest.data?.changes;
  const hasChanged = changes !== undefined && changes !== report.changes;
  useEffect(() => {
    if (hasChanged) {
      onChanged();
    }
  }, [hasChanged]);
  return (
    <div class={`note ${isStale ? "stale" : note}`}>
      {isStale && (
        <p>
          <strong>Stale: something has changed since.</strong> Run the audit again.
        </p>
      )}
      <strong>{text}</strong>
      <p>{report.summary}</p>
      {report.findings.length > 0 && (
        <ul>
          {report.findings.map((finding) => (
            <li key={finding}>{finding}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
