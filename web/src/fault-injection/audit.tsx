import { useState } from "preact/hooks";
import { answer, api } from "../api/client";
import type { AuditReport } from "../api/types";
import { useAction } from "../api/use-action";
import { RefusalNote } from "../layout/refusal-note";

const VERDICTS: Record<AuditReport["verdict"], { text: string; note: string }> = {
  sound: { text: "No violations: all orders and payments are consistent.", note: "" },
  breaches: { text: "The audit found violations.", note: "bad" },
  unreadable: { text: "A source could not be read; reset all faults first.", note: "wait" },
};

/** Runs the audit and shows its report. */
export function Audit() {
  const [report, setReport] = useState<AuditReport | null>(null);
  const action = useAction();

  const run = () => {
    setReport(null);
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
      <div aria-live="polite">{report && <Verdict report={report} />}</div>
      {action.refusal && <RefusalNote refusal={action.refusal} reload={run} />}
    </section>
  );
}

function Verdict({ report }: { report: AuditReport }) {
  const { text, note } = VERDICTS[report.verdict];
  return (
    <div class={`note ${note}`}>
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
