/** What the demo prints. */

export function heading(text: string): void {
  console.log(`\n${text}\n${'-'.repeat(text.length)}`);
}

export function formatCount(count: number): string {
  return count.toLocaleString('en');
}
