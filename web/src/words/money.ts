const FORMATS = new Map<string, Intl.NumberFormat>();

/** `2500` cents in euros: `€25.00`. */
export function money(cents: number, currency: string): string {
  const format = formatOf(currency);
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(cents / 10 ** digits);
}

/** Formats are cached: creating one takes longer than a hundred uses. */
function formatOf(currency: string): Intl.NumberFormat {
  const known = FORMATS.get(currency);
  if (known) {
    return known;
  }
  const made = new Intl.NumberFormat("en", { style: "currency", currency });
  FORMATS.set(currency, made);
  return made;
}
