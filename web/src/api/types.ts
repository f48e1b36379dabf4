/** The API's types, generated from its OpenAPI document. */
import type { components, paths } from "../../.generated/openapi";

export type Paths = paths;
type Schemas = components["schemas"];

export type Attempt = Schemas["Attempt"];
export type AttemptList = Schemas["AttemptList"];
export type AmountDue = Schemas["AmountDueResponse"];
export type ChainCard = Schemas["ChainCard"];
export type ChainOrder = Schemas["ChainOrder"];
export type ChainState = Schemas["ChainState"];
export type Config = Schemas["UiConfig"];
export type Customer = Schemas["CustomerResponse"];
export type Mail = Schemas["MailResponse"];
export type NewOrder = Schemas["NewOrder"];
export type Operations = Schemas["Operations"];
export type Order = Schemas["OrderResponse"];
export type OrderStatus = Order["status"];
export type Payment = Schemas["PaymentResponse"];
export type Policy = Order["policy"];
export type Dispute = Schemas["DisputeResponse"];
export type Problem = Schemas["Problem"];
export type Product = Schemas["ProductResponse"];
export type Refund = Schemas["RefundResponse"];
export type RefundList = Schemas["RefundList"];
export type StoredEvent = Schemas["EventResponse"];
export type ServiceAnswer = Schemas["ServiceAnswer"];
export type Wiring = Schemas["Wiring"];
export type WiringChange = Schemas["WiringChange"];
export type WiringTable = Schemas["WiringTable"];

/** `of` is `order/<id>` or `payment/<id>`. */
export type StreamedEvent = StoredEvent & { of: string };

export type AuditReport = Schemas["AuditReport"];
export type Transfer = Schemas["TransferResponse"];
export type Fault = Schemas["FaultResponse"];
