import { useState } from "preact/hooks";
import { useAction } from "../api/use-action";
import { useConfig } from "../layout/config";
import { RefusalNote } from "../layout/refusal-note";
import { confirmPayment } from "./stripe-js";

interface Props {
  /** The client secret of the charge that waits for its customer. */
  secret: () => Promise<string>;
  onConfirmed: () => void;
}

/** The step in which the customer's bank asks them (3-D Secure). */
export function Confirmation({ secret, onConfirmed }: Props) {
  const { card_script: script } = useConfig();
  const [isConfirmed, setConfirmed] = useState(false);
  const action = useAction();
  if (!script) {
    return <p>It can’t be confirmed on this page. Please give another card.</p>;
  }
  const confirm = () =>
    action.run(async () => {
      await confirmPayment(script, await secret());
      setConfirmed(true);
      onConfirmed();
    });
  return (
    <div>
      {!isConfirmed && (
        <button type="button" onClick={confirm} aria-disabled={action.busy}>
          {action.busy ? "Confirming …" : "Confirm with your bank"}
        </button>
      )}
      <p class="small muted" role="status">
        {isConfirmed && "Confirmed. Your payment arrives in a moment."}
      </p>
      {action.refusal && <RefusalNote refusal={action.refusal} />}
    </div>
  );
}
