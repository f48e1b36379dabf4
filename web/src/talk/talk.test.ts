import { describe, expect, test } from "vitest";
import { ORDER_DIAGRAMS, PAYMENT_DIAGRAM } from "../order/diagram/diagrams";
import { EXCERPTS } from "../words/code-excerpts";
import { CHAIN } from "./event-chain";
import { rowsOf, summaryOf } from "./messages";
import { addressOf, afterKey, slideNumber, withOrder } from "./position";
import { SLIDES, type Slide } from "./slides";

const numbered = SLIDES.map((slide, place) => [place + 1, slide] as const);

function diagramsOf({ process, policy }: Slide): string[] {
  if (process === "payment") {
    return [PAYMENT_DIAGRAM];
  }
  return policy ? [ORDER_DIAGRAMS[policy]] : Object.values(ORDER_DIAGRAMS);
}

test("the talk has 24 slides, each with a title of its own", () => {
  expect(new Set(SLIDES.map(({ title }) => title)).size).toBe(24);
});

describe.each(numbered)("slide %i", (number, slide) => {
  test("has one or two sentences", () => {
    expect(slide.text).toMatch(/^[A-Z].+\.$/);
    expect([1, 2]).toContain(slide.text.split(/[.?] /).length);
  });
  test("speaks of elements that every diagram of it has", () => {
    expect(slide.elements).not.toEqual([]);
    for (const xml of diagramsOf(slide)) {
      expect(slide.elements.filter((id) => !xml.includes(`id="${id}"`))).toEqual([]);
    }
  });
  test("is answered by code that is there", () => {
    expect(slide.code).not.toEqual([]);
    expect(slide.code.filter((name) => !(name in EXCERPTS))).toEqual([]);
  });
  test("shows the event chain if it is one of slides 4 to 11", () => {
    expect(slide.chain !== undefined).toBe(number >= 4 && number <= 11);
    expect(slide.chain?.filter((name) => !(CHAIN as readonly string[]).includes(name))).toEqual(
      slide.chain && [],
    );
  });
});

test("god services are compared on slides 15 to 17, and 22", () => {
  const compared = numbered.filter(([, { compares }]) => compares).map(([number]) => number);
  expect(compared).toEqual([15, 16, 17, 22]);
});

describe("the address of a slide", () => {
  test.each([
    [undefined, 1],
    ["7", 7],
    ["24", 24],
    ["25", 24],
    ["0", 1],
    ["-3", 1],
    ["seven", 1],
    ["", 1],
  ])("%s is slide %i", (text, number) => {
    expect(slideNumber(text)).toBe(number);
  });
  test("keeps the order", () => {
    expect(addressOf(7, null)).toBe("/talk/7");
    expect(addressOf(7, "01-a")).toBe("/talk/7?order=01-a");
  });
  test.each([
    ["/talk", "/talk/1?order=new"],
    ["/talk?order=old", "/talk/1?order=new"],
    ["/talk/7", "/talk/7?order=new"],
    ["/talk/7?order=old", "/talk/7?order=new"],
    ["/talks", null],
    ["/operations", null],
  ])("%s with another order is %s", (path, expected) => {
    expect(withOrder(path, "new")).toBe(expected);
  });
});

test.each([
  [1, "ArrowRight", 2],
  [2, "ArrowLeft", 1],
  [1, "ArrowLeft", null],
  [24, "ArrowRight", null],
  [7, "ArrowUp", null],
  [7, "Enter", null],
])("from slide %i %s leads to %s", (number, key, next) => {
  expect(afterKey(number, key)).toBe(next);
});

describe("what the order handles of its payment", () => {
  const waiting = [
    "PaymentRequested",
    "AmountWithdrawn",
    "PaymentPartlyCovered",
    "CreditCardFailed",
  ];
  test("is nothing while the payment waits for a card", () => {
    const rows = rowsOf(waiting);
    expect(rows.map(({ event }) => event).at(-1)).toBe("Credit card failed");
    expect(rows.every(({ now, instead }) => !now && instead)).toBe(true);
    expect(summaryOf(rows)).toContain("received nothing: it waits for the payment");
    expect(summaryOf(rows)).toContain("handled 4 events");
  });
  test.each([
    [["CreditCardDetailsUpdated", "CreditCardCharged", "PaymentReceived"], "Payment received"],
    [["CustomerReminded", "PaymentCanceled", "AmountCredited"], "Payment canceled"],
  ])("is one message when it has ended: %s", (rest, message) => {
    const rows = rowsOf([...waiting, ...rest]);
    expect(rows.map(({ now }) => now).filter(Boolean)).toEqual([message]);
    expect(summaryOf(rows)).toContain("received one message");
    expect(summaryOf(rows)).toContain("handled 7 events");
  });
  test("knows only events of payments", () => {
    expect(rowsOf(["OrderPlaced", "SomethingNew"])).toEqual([]);
  });
});
