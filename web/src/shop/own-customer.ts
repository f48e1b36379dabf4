import { claims, token } from "../api/token";

/** Whose token it is; nobody's in particular without one, and the operator's may be anybody. */
export function ownCustomer(): string | null {
  const text = token();
  if (!text) {
    return null;
  }
  const { sub, scopes } = claims(text);
  return scopes.includes("operator") ? null : sub;
}
