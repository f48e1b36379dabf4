/** The card provider's `visa`, as people write it: `Visa`. */
export function brand(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
