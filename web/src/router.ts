import { useEffect, useState } from "preact/hooks";

/** The path behind the `#`: all others are the API's. */
export function currentPath(): string {
  return location.hash.replace(/^#/, "") || "/";
}

/** What stands behind the path's `?`. */
export function queryOf(path: string): URLSearchParams {
  return new URLSearchParams(path.split("?")[1] ?? "");
}

/** The path, kept up to date. */
export function usePath(): string {
  const [path, setPath] = useState(currentPath);
  useEffect(() => {
    const follow = () => setPath(currentPath());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return path;
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

/** The values of the pattern's `:parts`; null if the path is of another page. */
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
