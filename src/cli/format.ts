/** `1,234,567` */
export function formatCount(value: number): string {
  // Intl would do the same, but takes 13 ms to load, at the end of each export.
  return value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** The count with its noun: `1 row`, `2 rows`. */
export function formatCounted(value: number, noun: string): string {
  return `${formatCount(value)} ${noun}${value === 1 ? '' : 's'}`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Bytes with an SI unit and three or four digits: `812 B`, `1.2 kB`, `345 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** Bytes per second in MB/s: `0.4 MB/s`, `120 MB/s`. */
export function formatRate(bytesPerSecond: number): string {
  const megabytes = bytesPerSecond / 1e6;
  return `${megabytes >= 9.95 ? formatCount(megabytes) : megabytes.toFixed(1)} MB/s`;
}

/** `0.4 s`, `42 s`, `3 min 05 s`, `2 h 03 min` */
export function formatDuration(ms: number): string {
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const pad = (value: number) => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${pad(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}
