const FORMATS = new Map<string, Intl.NumberFormat>();

/** `2500` cents in euros: `€25.00`. */
export function money(cents: number, currency: string): string {
  return formatOf(currency).format(cents / 10 ** digitsOf(currency));
}

/** `2500` cents in euros as a plain number: `25.00`. */
export function decimal(cents: number, currency: string): string {
  const digits = digitsOf(currency);
  return (cents / 10 ** digits).toFixed(digits);
}

/** `25.00` or `25,00` euros in cents; null if it is no amount. */
export function cents(text: string, currency: string): number | null {
  const digits = digitsOf(currency);
  const found = new RegExp(`^(\\d{1,9})(?:[.,](\\d{1,${digits || 1}}))?$`).exec(text.trim());
  if (!found || (found[2] && digits === 0)) {
    return null;
  }
  return Number(`${found[1]}${(found[2] ?? "").padEnd(digits, "0")}`);
}

function digitsOf(currency: string): number {
  return formatOf(currency).resolvedOptions().maximumFractionDigits ?? 2;
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
