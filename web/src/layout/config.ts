import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Config } from "../api/types";

export const ConfigContext = createContext<Config | null>(null);

/** What the API said of this installation; there on every page. */
export function useConfig(): Config {
  const config = useContext(ConfigContext);
  if (!config) {
    throw new Error("useConfig is for what is inside of App");
  }
  return config;
}
