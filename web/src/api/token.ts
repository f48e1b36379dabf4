import { useEffect, useState } from "preact/hooks";
import { customerIdOf } from "./customer-id";

const KEY = "token";
const CUSTOMER = "token-customer";
const CHANGED = "token-changed";

let forgotten: string | null = null;

/** The bearer token that the user entered, stored until the tab is closed. */
export function token(): string | null {
  return sessionStorage.getItem(KEY);
}

/** `customerClaim` names the claim that the token's customer follows from. */
export async function keepToken(text: string, customerClaim: string): Promise<void> {
  const token = text.trim().replace(/^Bearer\s+/i, "");
  const { subject, scopes } = claims(token, customerClaim);
  const isCustomer = subject !== "" && !scopes.includes("operator");
  sessionStorage.setItem(CUSTOMER, (isCustomer && (await customerIdOf(subject))) || "");
  sessionStorage.setItem(KEY, token);
  dispatchEvent(new Event(CHANGED));
}

/** The id of the token's customer; null without a token, and for an operator. */
export function ownCustomer(): string | null {
  return sessionStorage.getItem(CUSTOMER) || null;
}

/** `reason` is given if the API refused it. */
export function forgetToken(reason: string | null = null): void {
  sessionStorage.removeItem(KEY);
  sessionStorage.removeItem(CUSTOMER);
  forgotten = reason;
  dispatchEvent(new Event(CHANGED));
}

/** Why the last token was forgotten; null if the API did not refuse it. */
export function whyForgotten(): string | null {
  return forgotten;
}

export function useToken(): string | null {
  const [current, setCurrent] = useState(token);
  useEffect(() => {
    const follow = () => setCurrent(token());
    addEventListener(CHANGED, follow);
    return () => removeEventListener(CHANGED, follow);
  }, []);
  return current;
}

/** The subject in that claim and the scopes of a token, unverified: only the API verifies them. */
function claims(text: string, subjectClaim: string): { subject: string; scopes: string[] } {
  try {
    const part = text.split(".")[1] ?? "";
    const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (letter) =>
      letter.charCodeAt(0),
    );
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    const scope = claims.scope ?? claims.scp ?? [];
    const scopes = Array.isArray(scope) ? scope.map(String) : String(scope).split(" ");
    return { subject: String(claims[subjectClaim] ?? ""), scopes };
  } catch {
    return { subject: "", scopes: [] };
  }
}
