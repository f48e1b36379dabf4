import { useEffect } from "preact/hooks";
import type { Asked } from "./use-answer";

/** An API that has enough, or has to start first, is not asked more often. */
const REFUSED_SECONDS = 5;

/** Asks again every so many seconds, while the page can be seen and as long as it is of any use. */
export function usePoll({ again, refusal }: Asked<unknown>, seconds: number): void {
  const useless = refusal?.isFinal ?? false;
  const pause = refusal ? Math.max(seconds, REFUSED_SECONDS) : seconds;
  useEffect(() => {
    if (useless) {
      return;
    }
    const timer = setInterval(() => document.hidden || again(), pause * 1000);
    return () => clearInterval(timer);
  }, [again, useless, pause]);
}
