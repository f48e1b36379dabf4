import { useEffect } from "preact/hooks";

/** Does it every so many seconds, while the page can be seen. */
export function usePoll(ask: () => void, seconds: number): void {
  useEffect(() => {
    const timer = setInterval(() => document.hidden || ask(), seconds * 1000);
    return () => clearInterval(timer);
  }, [ask, seconds]);
}
