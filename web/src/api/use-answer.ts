import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { oneAtATime } from "./one-at-a-time";
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
  const look = useRef(() => {});
  const again = useCallback(() => look.current(), []);
  useEffect(() => {
    let wanted = true;
    look.current = oneAtATime(async () => {
      try {
        const got = await ask();
        if (wanted) {
          setData(() => got);
          setRefusal(null);
        }
      } catch (error) {
        if (wanted) {
          setRefusal(asRefusal(error));
        }
      }
    });
    again();
    return () => {
      wanted = false;
      look.current = () => {};
    };
  }, dependencies);
  return { data, refusal, again };
}
