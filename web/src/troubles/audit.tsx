import { useState } from "preact/hooks";
import { answer, api } from "../api/client";
import type { AuditReport } from "../api/types";
import { useAction } from "../api/use-action";
import { RefusalNote } from "../layout/refusal-note";

const VERDICTS: Record<AuditReport["verdict"], { text: string; note: string }> = {
  sound: { text: "Every order and every cent is where it must be.", note: "" },
  breaches: { text: "Something is not as it must be.", note: "bad" },
  unreadable: { text: "A witness could not be asked; put things right first.", note: "wait" },
};

/** Runs the audit, and says what it said. */
export function Audit() {
  const [report, setReport] = useState<AuditReport | null>(null);
  const action = useAction();

  const run = () => {
    setReport(null);
    action.run(async () => setReport(await answer(api.POST("/dev/audit"))));
  };

  return (
    <section class="card stack" aria-labelledby="audit">
      <h2 id="audit">The audit's verdict</h2>
      <p class="muted">
        It holds our books, the card provider, the carrier, the mails and Temporal against each
        other.
      </p>
      <button type="button" aria-disabled={action.busy} onClick={run}>
        {action.busy ? "Looking …" : "Audit everything"}
      </button>
      <div aria-live="polite">{report && <Verdict report={report} />}</div>
      {action.refusal && <RefusalNote refusal={action.refusal} again={run} />}
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
