const CHANGED = "visibilitychange";

/** Resolves when the page is visible, or `signal` aborts. */
export function becomesVisible(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (!document.hidden || signal.aborted) {
        document.removeEventListener(CHANGED, check);
        signal.removeEventListener("abort", check);
        resolve();
      }
    };
    document.addEventListener(CHANGED, check);
    signal.addEventListener("abort", check);
    check();
  });
}

/** A signal that aborts with `signal`, or as soon as the page is hidden. */
export function whileVisible(signal: AbortSignal): AbortSignal {
  const hidden = new AbortController();
  const check = () => {
    if (document.hidden || signal.aborted) {
      document.removeEventListener(CHANGED, check);
      signal.removeEventListener("abort", check);
      hidden.abort();
    }
  };
  document.addEventListener(CHANGED, check);
  signal.addEventListener("abort", check);
  check();
  return hidden.signal;
}
