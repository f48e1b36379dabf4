import { claims, token } from "../api/token";

/** The customer of the token; null without a token, and for an operator. */
export function ownCustomer(): string | null {
  const text = token();
  if (!text) {
    return null;
  }
  const { sub, scopes } = claims(text);
  return scopes.includes("operator") ? null : sub;
}
