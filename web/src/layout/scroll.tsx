import type { ComponentChildren } from "preact";

/** A container for wide content; it can be scrolled with the keyboard. */
export function Scroll({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it the keyboard can't scroll
    <section class="scroll" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
