import { useEffect } from "preact/hooks";
import type { Asked } from "./use-answer";

/** Asks again every so many seconds, while the page can be seen and as long as it is of any use. */
export function usePoll({ again, refusal }: Asked<unknown>, seconds: number): void {
  const useless = refusal?.isFinal ?? false;
  useEffect(() => {
    if (useless) {
      return;
    }
    const timer = setInterval(() => document.hidden || again(), seconds * 1000);
    return () => clearInterval(timer);
  }, [again, useless, seconds]);
}
