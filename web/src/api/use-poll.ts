import { useEffect } from "preact/hooks";
import type { Resource } from "./use-resource";

/** The shortest interval after a refusal, so that the API can recover. */
const REFUSED_SECONDS = 5;

/** Reloads every `seconds` while the page is visible, until a refusal is final; never if null. */
export function usePoll({ reload, refusal }: Resource<unknown>, seconds: number | null): void {
  const isFinal = refusal?.isFinal ?? false;
  const pause = refusal ? Math.max(seconds ?? 0, REFUSED_SECONDS) : seconds;
  useEffect(() => {
    if (isFinal || pause === null) {
      return;
    }
    const timer = setInterval(() => document.hidden || reload(), pause * 1000);
    return () => clearInterval(timer);
  }, [reload, isFinal, pause]);
}
