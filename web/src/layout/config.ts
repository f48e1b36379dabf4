import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Config } from "../api/types";

export const ConfigContext = createContext<Config | null>(null);

/** The configuration of this installation, from the API. */
export function useConfig(): Config {
  const config = useContext(ConfigContext);
  if (!config) {
    throw new Error("useConfig needs the context that App provides");
  }
  return config;
}
