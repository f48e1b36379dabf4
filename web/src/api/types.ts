/** The API's types, as its OpenAPI document has them; nothing is written down a second time. */
import type { components, paths } from "../../.generated/openapi";

export type Paths = paths;
type Schemas = components["schemas"];

export type Attempt = Schemas["Attempt"];
export type CardRequest = Schemas["CardRequest"];
export type Config = Schemas["UiConfig"];
export type Customer = Schemas["Customer"];
export type Mail = Schemas["Mail"];
export type NewOrder = Schemas["NewOrder"];
export type Operations = Schemas["Operations"];
export type Order = Schemas["Order"];
export type OrderStatus = Order["status"];
export type Payment = Schemas["Payment"];
export type Policy = Order["policy"];
export type Problem = Schemas["Problem"];
export type Product = Schemas["Product"];
export type StoredEvent = Schemas["Event"];
export type AuditReport = Schemas["AuditReport"];
export type Transfer = Schemas["Transfer"];
export type Trouble = Schemas["Trouble"];
