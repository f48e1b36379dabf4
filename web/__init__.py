"""The web page at `/`: TypeScript, but for the command that builds it."""
