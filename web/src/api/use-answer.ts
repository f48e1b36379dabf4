import { useCallback, useEffect, useState } from "preact/hooks";
import { asRefusal, type Refusal } from "./refusal";

export interface Asked<T> {
  /** What was answered last, also while it is asked for again. */
  data: T | null;
  refusal: Refusal | null;
  /** Ask again. */
  again: () => void;
}

/** Asks when the component appears, and whenever one of `dependencies` changes. */
export function useAnswer<T>(ask: () => Promise<T>, dependencies: readonly unknown[]): Asked<T> {
  const [data, setData] = useState<T | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [round, setRound] = useState(0);
  const again = useCallback(() => setRound((before) => before + 1), []);
  useEffect(() => {
    let wanted = true;
    ask().then(
      (got) => {
        if (wanted) {
          setData(() => got);
          setRefusal(null);
        }
      },
      (error) => wanted && setRefusal(asRefusal(error)),
    );
    return () => {
      wanted = false;
    };
  }, [round, ...dependencies]);
  return { data, refusal, again };
}
