import { useEffect, useState } from "preact/hooks";

/** As in side-by-side.css. */
const WIDE = matchMedia("(min-width: 1400px)");

/** Whether the window has room for three diagrams beside each other. */
export function useWide(): boolean {
  const [wide, setWide] = useState(WIDE.matches);
  useEffect(() => {
    const look = () => setWide(WIDE.matches);
    WIDE.addEventListener("change", look);
    return () => WIDE.removeEventListener("change", look);
  }, []);
  return wide;
}
