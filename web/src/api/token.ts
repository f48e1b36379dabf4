import { useEffect, useState } from "preact/hooks";

const KEY = "token";
const CHANGED = "token-changed";

let forgotten: string | null = null;

/** The bearer token that was pasted in, for as long as this tab lives. */
export function token(): string | null {
  return sessionStorage.getItem(KEY);
}

export function keepToken(text: string): void {
  sessionStorage.setItem(KEY, text.trim().replace(/^Bearer\s+/i, ""));
  dispatchEvent(new Event(CHANGED));
}

/** With a reason if the API did not take it. */
export function forgetToken(reason: string | null = null): void {
  sessionStorage.removeItem(KEY);
  forgotten = reason;
  dispatchEvent(new Event(CHANGED));
}

/** Why there is no token any more; null if nobody has refused one. */
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

/** Whom a token was issued to and what it allows; the API alone decides whether that is true. */
export function claims(text: string): { sub: string; scopes: string[] } {
  try {
    const part = text.split(".")[1] ?? "";
    const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (letter) =>
      letter.charCodeAt(0),
    );
    const said = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: string; scope?: string };
    return { sub: said.sub ?? "", scopes: said.scope?.split(" ") ?? [] };
  } catch {
    return { sub: "", scopes: [] };
  }
}
