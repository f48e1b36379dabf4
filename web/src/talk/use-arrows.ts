import { useEffect } from "preact/hooks";

/** Calls `press` with the key of an arrow, unless it is needed where the focus is. */
export function useArrows(press: (key: string) => void): void {
  useEffect(() => {
    const follow = (event: KeyboardEvent) => {
      const isModified = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
      if (!isModified && !(event.target instanceof Element && usesArrows(event.target))) {
        press(event.key);
      }
    };
    addEventListener("keydown", follow);
    return () => removeEventListener("keydown", follow);
  }, [press]);
}

/** Fields move their cursor with arrows, and wide content is scrolled with them. */
function usesArrows(target: Element): boolean {
  const scroller = target.closest(".scroll");
  const isScrolled = scroller !== null && scroller.scrollWidth > scroller.clientWidth;
  return isScrolled || target.closest("input, select, textarea") !== null;
}
