import type { Page } from "./page";

const TALK = {
  title: "The talk",
  view: "talk",
  development: true,
  load: async () => (await import("./talk/talk-page")).TalkPage,
};

/** All pages; the code of each is loaded when it is first opened. */
export const pages: readonly Page[] = [
  {
    path: "/",
    title: "Shop",
    navigation: "Shop",
    load: async () => (await import("./shop/shop-page")).ShopPage,
  },
  {
    path: "/orders/:id",
    title: "Order",
    load: async () => (await import("./order/order-page")).OrderPage,
  },
  {
    path: "/update-card/:token",
    title: "Your payment",
    open: true,
    forCustomers: true,
    load: async () => (await import("./update-card/update-card-page")).UpdateCardPage,
  },
  {
    path: "/operations",
    title: "Operations",
    navigation: "Operations",
    load: async () => (await import("./operations/operations-page")).OperationsPage,
  },
  {
    path: "/side-by-side",
    title: "Side by side",
    navigation: "Side by side",
    load: async () => (await import("./side-by-side/side-by-side-page")).SideBySidePage,
  },
  { ...TALK, path: "/talk", navigation: "The talk" },
  { ...TALK, path: "/talk/:slide" },
  {
    path: "/choreography",
    title: "Event chain or order service",
    navigation: "Event chain",
    development: true,
    load: async () => (await import("./choreography/choreography-page")).ChoreographyPage,
  },
  {
    path: "/fault-injection",
    title: "Fault injection",
    navigation: "Fault injection",
    development: true,
    load: async () => (await import("./fault-injection/fault-injection-page")).FaultInjectionPage,
  },
];
