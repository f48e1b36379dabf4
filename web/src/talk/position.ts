import { SLIDES } from "./slides";

/** The slide of an address, counted from 1: the first unless it names another. */
export function slideNumber(text: string | undefined): number {
  const number = /^\d{1,4}$/.test(text ?? "") ? Number(text) : 1;
  return within(number);
}

/** The slide to which a key leads; null if it leads to none. */
export function afterKey(number: number, key: string): number | null {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
  const next = within(number + (step ?? 0));
  return next === number ? null : next;
}

/** The address of a slide, with the order that the tour plays. */
export function addressOf(number: number, order: string | null): string {
  return `/talk/${number}${order ? `?order=${encodeURIComponent(order)}` : ""}`;
}

/** The same slide with another order; null if that path is none of the tour's. */
export function withOrder(path: string, order: string): string | null {
  const found = /^\/talk(?:\/([^/?]*))?(?:\?|$)/.exec(path);
  return found && addressOf(slideNumber(found[1]), order);
}

function within(number: number): number {
  return Math.min(Math.max(number, 1), SLIDES.length);
}
