import { useEffect, useState } from "preact/hooks";

/** The path after the `#`; paths of the URL itself belong to the API. */
export function currentPath(): string {
  return location.hash.replace(/^#/, "") || "/";
}

/** The query parameters in the path. */
export function queryOf(path: string): URLSearchParams {
  return new URLSearchParams(path.split("?")[1] ?? "");
}

/** The current path; updates when it changes. */
export function usePath(): string {
  const [path, setPath] = useState(currentPath);
  useEffect(() => {
    const follow = () => setPath(currentPath());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return path;
}

/** The query parameters of the present address, and a function that replaces some; "" removes one. */
export function useQuery(): [URLSearchParams, (changes: Record<string, string>) => void] {
  return [queryOf(usePath()), replaceQuery];
}

function replaceQuery(changes: Record<string, string>): void {
  const query = queryOf(currentPath());
  for (const [name, value] of Object.entries(changes)) {
    if (value) {
      query.set(name, value);
    } else {
      query.delete(name);
    }
  }
  const text = query.size > 0 ? `?${query}` : "";
  // Each letter of a search is no page to go back to; and the browser announces no replacement.
  history.replaceState(null, "", `#${currentPath().split("?")[0]}${text}`);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

export function go(path: string): void {
  location.hash = path;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** The values of the pattern's `:parts`; null if the path does not match. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split("/");
  const given = (path.split("?")[0] ?? "").split("/");
  if (wanted.length !== given.length) {
    return null;
  }
  const parameters: Record<string, string> = {};
  for (const [place, part] of wanted.entries()) {
    const value = given[place] ?? "";
    if (part.startsWith(":")) {
      const text = decoded(value);
      if (text === null) {
        return null;
      }
      parameters[part.slice(1)] = text;
    } else if (part !== value) {
      return null;
    }
  }
  return parameters;
}
