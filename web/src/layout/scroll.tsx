import type { ComponentChildren } from "preact";

/** What may be wider than the page; the keyboard scrolls it too. */
export function Scroll({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it the keyboard can't scroll
    <section class="scroll" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
