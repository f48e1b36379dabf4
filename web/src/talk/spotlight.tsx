import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface Props {
  /** Ids of the diagram's elements. */
  elements: readonly string[];
  children: ComponentChildren;
}

/** Lights elements of the diagram in it, whenever that is drawn. */
export function Spotlight({ elements, children }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const key = elements.join(" ");
  useEffect(() => {
    const frame = place.current;
    if (!frame) {
      return;
    }
    const light = () => {
      const drawn = [...frame.querySelectorAll<SVGElement>(".djs-element")];
      const isLit = ({ dataset }: SVGElement) => key.split(" ").includes(dataset.elementId ?? "");
      for (const one of drawn) {
        one.classList.toggle("lit", isLit(one));
      }
      // Once the diagram has its size.
      requestAnimationFrame(() => scrollTo(drawn.find(isLit)));
    };
    light();
    const watcher = new MutationObserver(light);
    watcher.observe(frame, { childList: true, subtree: true });
    return () => watcher.disconnect();
  }, [key]);
  return <div ref={place}>{children}</div>;
}

/** Horizontally, where the window is narrower than the diagram. */
function scrollTo(element: SVGElement | undefined): void {
  const scroller = element?.closest(".scroll");
  if (element && scroller) {
    const { left, width } = element.getBoundingClientRect();
    const frame = scroller.getBoundingClientRect();
    scroller.scrollLeft += left + width / 2 - (frame.left + frame.width / 2);
  }
}
