import { useEffect } from "preact/hooks";

/** A key of `localStorage`, whose change other tabs are notified of. */
const CHANGED = "faults-changed";

/** Notifies this tab and all others that faults were injected or removed. */
export function announceFaults(): void {
  localStorage.setItem(CHANGED, String(Date.now()));
  dispatchEvent(new Event(CHANGED));
}

/** Calls `changed` when a tab has injected or removed faults. */
export function useFaultNews(changed: () => void): void {
  useEffect(() => {
    const elsewhere = (event: StorageEvent) => event.key === CHANGED && changed();
    addEventListener(CHANGED, changed);
    addEventListener("storage", elsewhere);
    return () => {
      removeEventListener(CHANGED, changed);
      removeEventListener("storage", elsewhere);
    };
  }, [changed]);
}
