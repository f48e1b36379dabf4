import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { larger, smaller } from "./zoom";

interface Props {
  title: string;
  zoom: number;
  onZoom: (zoom: number) => void;
  /** What fills the screen, or what around it has the class `stage`. */
  frame: RefObject<HTMLElement | null>;
  children?: ComponentChildren;
}

/** Buttons that zoom a diagram, and one for the full screen. */
export function Tools({ title, zoom, onZoom, frame, children }: Props) {
  const [isFull, setFull] = useState(false);
  const stage = () => frame.current?.closest(".stage") ?? frame.current;
  useEffect(() => {
    const look = () => setFull(document.fullscreenElement === stage());
    document.addEventListener("fullscreenchange", look);
    return () => document.removeEventListener("fullscreenchange", look);
  }, []);
  const toggle = () => (isFull ? document.exitFullscreen() : stage()?.requestFullscreen());
  return (
    <fieldset class="tools small" aria-label={`${title}: size`}>
      {children}
      <button
        type="button"
        class="quiet"
        aria-label="Smaller"
        onClick={() => onZoom(smaller(zoom))}
      >
        −
      </button>
      <button type="button" class="quiet" aria-label="Fit the frame" onClick={() => onZoom(1)}>
        {Math.round(zoom * 100)} %
      </button>
      <button type="button" class="quiet" aria-label="Larger" onClick={() => onZoom(larger(zoom))}>
        +
      </button>
      {document.fullscreenEnabled && (
        <button type="button" class="quiet" onClick={toggle}>
          {isFull ? "Leave full screen" : "Full screen"}
        </button>
      )}
    </fieldset>
  );
}
