import { useState } from "preact/hooks";
import { asRefusal, type Refusal } from "./refusal";

export interface Action {
  /** Under way: whatever starts it should not be pressed again. */
  busy: boolean;
  refusal: Refusal | null;
  run: (work: () => Promise<void>) => Promise<void>;
}

/** Something that a person does, and that may be refused. */
export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    setRefusal(null);
    try {
      await work();
    } catch (error) {
      setRefusal(asRefusal(error));
    } finally {
      setBusy(false);
    }
  };
  return { busy, refusal, run };
}
