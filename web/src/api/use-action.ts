import { useRef, useState } from "preact/hooks";
import { asRefusal, type Refusal } from "./refusal";

export interface Action {
  /** Running: its button is `aria-disabled`, as `disabled` would take the focus from it. */
  busy: boolean;
  refusal: Refusal | null;
  /** Does nothing while the action is running. */
  run: (work: () => Promise<void>) => Promise<void>;
}

/** An action of the user, which the API may refuse. */
export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const running = useRef(false);
  const run = async (work: () => Promise<void>) => {
    if (running.current) {
      return;
    }
    running.current = true;
    setBusy(true);
    setRefusal(null);
    try {
      await work();
    } catch (error) {
      setRefusal(asRefusal(error));
    } finally {
      running.current = false;
      setBusy(false);
    }
  };
  return { busy, refusal, run };
}
