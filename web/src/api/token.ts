import { useEffect, useState } from "preact/hooks";

const KEY = "token";
const CHANGED = "token-changed";

let forgotten: string | null = null;

/** The bearer token that the user entered, stored until the tab is closed. */
export function token(): string | null {
  return sessionStorage.getItem(KEY);
}

export function keepToken(text: string): void {
  sessionStorage.setItem(KEY, text.trim().replace(/^Bearer\s+/i, ""));
  dispatchEvent(new Event(CHANGED));
}

/** `reason` is given if the API refused it. */
export function forgetToken(reason: string | null = null): void {
  sessionStorage.removeItem(KEY);
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

/** The subject and the scopes of a token, unverified: only the API verifies them. */
export function claims(text: string): { sub: string; scopes: string[] } {
  try {
    const part = text.split(".")[1] ?? "";
    const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (letter) =>
      letter.charCodeAt(0),
    );
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: string; scope?: string };
    return { sub: claims.sub ?? "", scopes: claims.scope?.split(" ") ?? [] };
  } catch {
    return { sub: "", scopes: [] };
  }
}
